import type { Approver, GroupDirectory } from '../model/approval';
import { type Identity, identityText } from '../model/identity';
import { PLATFORMS, parseApprover } from '../model/platforms';

/** False for rules, automations and ids that their platform does not give: they never decide, whatever a list says. */
function isPerson({ platform, id }: Identity): boolean {
    return platform !== 'policy' && id === id.trim() && PLATFORMS[platform].person.test(id);
}

/**
 * May `person` decide now? True when an entry of `approvers` is exactly the person's id, or a group of their own
 * platform of which `directory` says that the person is a member. Never rejects: where a directory is missing or fails,
 * the group counts for nobody.
 */
export async function isEntitled(
    person: Identity,
    approvers: readonly Approver[],
    directory?: GroupDirectory,
): Promise<boolean> {
    if (!isPerson(person)) return false;
    if (approvers.includes(identityText(person))) return true;
    for (const group of approvers.filter((approver) => isGroupOf(approver, person))) {
        if (await isMember(group, person, directory)) return true;
    }
    return false;
}

function isGroupOf(approver: Approver, { platform }: Identity): boolean {
    const parsed = parseApprover(approver);
    return parsed?.kind === 'platform-group' && parsed.platform === platform;
}

async function isMember(group: Approver, person: Identity, directory: GroupDirectory | undefined): Promise<boolean> {
    try {
        return (await directory?.isMember(group, person)) === true;
    } catch {
        return false;
    }
}
