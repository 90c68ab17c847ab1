import type { Approver, GroupDirectory } from '../model/approval';
import { type Identity, identityText } from '../model/identity';

/** What Botkube writes where a person's mention would stand when one of its automations runs a command. */
const BOTKUBE_AUTOMATION = /^automation\b/i;

const SLACK_GROUP = 'slack-group:';

/** False for automations and for identities without a usable id: they never decide, whatever a list says. */
function isPerson(identity: Identity): boolean {
    if (identity.platform === 'policy' || identity.id.trim() === '' || identity.id !== identity.id.trim()) return false;
    return identity.platform !== 'botkube' || !BOTKUBE_AUTOMATION.test(identity.id);
}

/** True when both are the same account; display names do not count. */
export function isSamePerson(one: Identity, other: Identity): boolean {
    return identityText(one) === identityText(other);
}

/**
 * May `person` decide now? True when an entry of `approvers` is exactly the person's id, or a Slack user group
 * of which `directory` says that the person is a member. Never rejects: where a directory is missing or
 * fails, the group counts for nobody.
 */
export async function isEntitled(
    person: Identity,
    approvers: readonly Approver[],
    directory?: GroupDirectory,
): Promise<boolean> {
    if (!isPerson(person)) return false;
    if (approvers.includes(identityText(person))) return true;
    if (person.platform !== 'slack') return false;
    for (const group of approvers.filter((approver) => approver.startsWith(SLACK_GROUP))) {
        if (await isMember(group, person, directory)) return true;
    }
    return false;
}

async function isMember(group: Approver, person: Identity, directory: GroupDirectory | undefined): Promise<boolean> {
    try {
        return (await directory?.isMember(group, person)) === true;
    } catch {
        return false;
    }
}
