import type { Approver, Policy, PolicyRule } from '../model/approval';
import { accountOf, GATE_GROUP, type ParsedApprover, type PlatformName, parseApprover } from '../model/platforms';
import { accountKey } from './people';

/** Whom this installation can attest: the ways on which decisions come in. */
export interface Doors {
    /** Platforms of the deployed chats through which people decide. */
    chats: readonly PlatformName[];
    /** User names that the incident page can attest; `any`: Node-RED asks somebody else who they are. */
    page: readonly string[] | 'any';
    /** The Botkube plugin may decide: the store is one that it can reach. */
    botkube: boolean;
}

/** Something about a policy that is allowed and will surprise people. */
export interface PolicyWarning {
    /** `unattested`: nobody can be this approver here. `doors`: accounts that may be one person count as two. */
    kind: 'unattested' | 'doors' | 'nobody';
    rule: string;
    /** The entries in question. */
    approvers: Approver[];
    /** In which platforms' ways in they differ, or what is missing: one word each. */
    services: string[];
}

/** What a policy should be warned of where these are the ways in, rule by rule. */
export function policyWarnings(policy: Policy, doors: Doors): PolicyWarning[] {
    return policy.rules
        .filter(({ decision }) => decision === 'one' || decision === 'two')
        .flatMap((rule) => {
            const approvers = namedBy(rule, policy);
            return [...unattested(rule, approvers, doors), ...severalDoors(rule, approvers, policy)];
        });
}

/** One sentence, with what to do. */
export function warningText({ kind, rule, approvers, services }: PolicyWarning): string {
    const who = approvers.join(', ');
    if (kind === 'doors')
        return `Rule "${rule}" asks for two persons and names them on ${services.join(' and ')}, where one person may have several of these accounts: ${who}. Say in the list of people which accounts are one person, such as: alice = page:alice, slack:T012ABC/U345DEF.`;
    const missing = `nothing deployed here can attest ${who}: ${services.join('; ')}.`;
    return kind === 'nobody'
        ? `Nobody can approve under rule "${rule}": ${missing}`
        : `Rule "${rule}" names approvers who cannot approve: ${missing}`;
}

function namedBy({ approvers }: PolicyRule, { groups }: Policy): Approver[] {
    const people = approvers.flatMap((entry) =>
        entry.startsWith(GATE_GROUP) ? (groups[entry.slice(GATE_GROUP.length)] ?? []) : [entry],
    );
    return [...new Set(people)];
}

function unattested({ name }: PolicyRule, approvers: readonly Approver[], doors: Doors): PolicyWarning[] {
    const unable = approvers.flatMap((approver) => {
        const parsed = parseApprover(approver);
        const missing = parsed && missingDoor(parsed, doors);
        return missing === undefined ? [] : [{ approver, missing }];
    });
    if (unable.length === 0) return [];
    return [
        {
            kind: unable.length === approvers.length ? 'nobody' : 'unattested',
            rule: name,
            approvers: unable.map(({ approver }) => approver),
            services: [...new Set(unable.map(({ missing }) => missing))],
        },
    ];
}

/** What would have to be there for this approver to decide; undefined when it is. */
function missingDoor(parsed: ParsedApprover, { chats, page, botkube }: Doors): string | undefined {
    if (parsed.kind === 'gate-group') return undefined;
    const { platform, id } = parsed;
    if (platform === 'page')
        return page === 'any' || page.includes(id) ? undefined : `the incident page knows no user ${id}`;
    if (platform === 'botkube') return botkube ? undefined : 'the Botkube plugin needs an incident store in Redis';
    return chats.includes(platform) ? undefined : `there is no chat-channel for ${platform}`;
}

/** Accounts of two services of which nobody says whose they are, where two persons are asked for. */
function severalDoors(
    { name, decision }: PolicyRule,
    approvers: readonly Approver[],
    { people = {} }: Policy,
): PolicyWarning[] {
    if (decision !== 'two') return [];
    const known = new Set(Object.values(people).flat().map(accountKey));
    const open = approvers.filter((approver) => !known.has(accountKey(approver)));
    const services = [...new Set(open.map(serviceOf))];
    return services.length > 1 ? [{ kind: 'doors', rule: name, approvers: open, services }] : [];
}

function serviceOf(approver: Approver): string {
    const parsed = parseApprover(approver);
    if (parsed === undefined || parsed.kind === 'gate-group') return approver;
    return parsed.kind === 'person' ? accountOf(parsed.platform, parsed.id).service : parsed.platform;
}
