import type { ApprovalTerms, Approver, People } from '../model/approval';
import { type Identity, identityText } from '../model/identity';
import { type Account, accountOf, parseApprover } from '../model/platforms';

/** What the terms say about who asked. */
type Asked = Pick<ApprovalTerms, 'decision' | 'people' | 'requestedBy' | 'requesterMayApprove'>;

/**
 * One text for each person, whatever door they come through: two identities with the same key are one person. Accounts
 * of one service are the same when the service says so; accounts of several when `people` lists them for one person.
 */
export function personKey(identity: Identity, people: People = {}): string {
    if (identity.platform === 'policy') return identityText(identity);
    const account = accountText(accountOf(identity.platform, identity.id));
    const name = Object.keys(people).find((one) => people[one]?.some((entry) => accountKey(entry) === account));
    return name === undefined ? account : `person:${name}`;
}

/** True when both are one person. Display names do not count. */
export function isSamePerson(one: Identity, other: Identity, people?: People): boolean {
    return personKey(one, people) === personKey(other, people);
}

/** The account of a person as a policy writes them, e.g. `slack:U1`; undefined for groups. */
export function accountKey(approver: Approver): string | undefined {
    const person = identityOf(approver);
    return person && accountText(accountOf(person.platform, person.id));
}

/** The person that a policy's entry names; undefined for groups. */
export function identityOf(
    approver: Approver,
): (Identity & { platform: Exclude<Identity['platform'], 'policy'> }) | undefined {
    const parsed = parseApprover(approver);
    return parsed?.kind === 'person' ? { platform: parsed.platform, id: parsed.id } : undefined;
}

/** True when this person asked for the fix and the terms leave the approval to others. They may still reject it. */
export function isBarredRequester(
    by: Identity,
    { decision, people, requestedBy, requesterMayApprove }: Asked,
): boolean {
    if (requestedBy === undefined || !isSamePerson(requestedBy, by, people)) return false;
    return decision === 'two' || requesterMayApprove !== true;
}

/** One of the identities for each person who may approve under these terms. */
export function countingPeople<By extends { by: Identity }>(given: readonly By[], terms: Asked): By[] {
    const counted = new Map<string, By>();
    for (const one of given) {
        const key = personKey(one.by, terms.people);
        if (!counted.has(key) && !isBarredRequester(one.by, terms)) counted.set(key, one);
    }
    return [...counted.values()];
}

/**
 * Those of the policy's people who may matter where `approvers` decide: somebody is named with one of their accounts,
 * may be in a group of its platform, or asked. Undefined when there are none.
 */
export function peopleThatMatter(
    people: People = {},
    approvers: readonly Approver[],
    requestedBy?: Identity,
): People | undefined {
    const groups = new Set<string>();
    for (const approver of approvers) {
        const parsed = parseApprover(approver);
        if (parsed?.kind === 'platform-group') groups.add(parsed.platform);
    }
    const named = new Set(approvers.map(accountKey));
    if (requestedBy) named.add(personKey(requestedBy));
    const matters = (entry: Approver): boolean =>
        named.has(accountKey(entry)) || groups.has(identityOf(entry)?.platform ?? '');
    const kept = Object.entries(people).filter(([, accounts]) => accounts.some(matters));
    return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

function accountText({ service, id }: Account): string {
    return `${service}:${id}`;
}
