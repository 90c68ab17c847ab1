import { keyIsGone } from '../approval/refusals';
import { FixError } from '../errors';
import { FOR_A_NEW_PLAN } from '../incident/diagnose-again';
import type { ArgumentsKey, DryRun } from '../model/plan';
import type { KeyRing } from '../signing/keys';

const PURPOSE = 'arguments of modules';

/** A key for the digests of the arguments in plans of this incident, and what a plan keeps to name it. */
export function newArgumentsKey(keys: KeyRing, salt: string): { key: ArgumentsKey; digestKey: string } {
    const { keyId, signature } = keys.sign({ derived: PURPOSE, salt });
    return { key: { keyId, salt }, digestKey: signature };
}

/**
 * The key of a sealed plan. Throws `PLAN_CHANGED` for a plan of an earlier version, whose dry run did not cover what
 * modules get, and `PLAN_SIGNATURE_WRONG` when its signing key is gone.
 */
export function argumentsKeyOf({ argumentsKey }: DryRun, keys: KeyRing): string {
    if (!argumentsKey) {
        throw new FixError(
            'PLAN_CHANGED',
            'The plan was made by an earlier version, whose dry run did not cover the arguments of every task.',
            { field: 'dryRun', cure: FOR_A_NEW_PLAN },
        );
    }
    const { keyId, salt } = argumentsKey;
    const found = keys.derive(PURPOSE, salt, keyId);
    if (found === undefined) throw keyIsGone(argumentsKey, keys);
    return found;
}
