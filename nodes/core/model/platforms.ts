/** One way to a service's accounts: what of a person's id on the platform names the account. */
interface Door {
    service: string;
    /** Its first group is the account, the same through every door to that service. */
    account: RegExp;
}

/** How a platform names people and groups in a policy. */
interface PlatformShape {
    /** A person's id, as it stands after `<platform>:`. */
    person: RegExp;
    /** The same for people, e.g. `<team>/<user>`; shown by the editor and in errors. */
    personForm: string;
    /** Groups that the platform itself keeps, asked at the decision and at the run; written `<platform>-group:<id>`. */
    group?: { id: RegExp; form: string };
    /** Whose accounts these are, the first that fits; without it, or where none fits, the platform's own. */
    doors?: readonly Door[];
    /** No chat attests these people yet: policies may name them, and nobody is advised to. */
    isPlanned?: true;
}

/** Every platform that can attest a person. A new one is a line here. */
export const PLATFORMS = {
    page: { person: /^\S.*$/, personForm: '<user>' },
    slack: {
        person: /^[A-Z0-9]+\/[A-Z0-9]+$/,
        /** Without the team: Slack gives each account one id, which Botkube knows without a team. */
        doors: [{ service: 'slack', account: /^[A-Z0-9]+\/([A-Z0-9]+)$/ }],
        personForm: '<team>/<user>',
        group: { id: /^[A-Z0-9]+\/[A-Z0-9]+$/, form: '<team>/<group>' },
    },
    feishu: { person: /^\S+$/, personForm: '<user>', isPlanned: true },
    wecom: { person: /^\S+$/, personForm: '<user>', isPlanned: true },
    mattermost: { person: /^\S+$/, personForm: '<user>', isPlanned: true },
    /** Botkube writes `Automation …`, in whatever case, where a person's mention would stand. */
    botkube: {
        person: /^(?!automation\b)\S.*$/i,
        personForm: '<mention>',
        doors: [
            { service: 'slack', account: /^<@([UW][A-Z0-9]+)>$/ },
            { service: 'discord', account: /^<@!?(\d+)>$/ },
        ],
    },
} as const satisfies Record<string, PlatformShape>;

/** A platform that attests people. */
export type PlatformName = keyof typeof PLATFORMS;

/** The prefix of groups that are named in the approval gate itself. */
export const GATE_GROUP = 'group:';

const SHAPES: Readonly<Record<string, PlatformShape>> = PLATFORMS;
const GROUP_SUFFIX = '-group';

/** An approver as a policy writes it, taken apart. */
export type ParsedApprover =
    | { kind: 'person' | 'platform-group'; platform: PlatformName; id: string }
    | { kind: 'gate-group'; name: string };

/** What `text` names: a person, a group of a platform, or a group of the gate; undefined when it names none of them. */
export function parseApprover(text: string): ParsedApprover | undefined {
    const [, prefix = '', id = ''] = /^([a-z-]+):(.*)$/s.exec(text) ?? [];
    if (`${prefix}:` === GATE_GROUP) return /^\S.*$/.test(id) ? { kind: 'gate-group', name: id } : undefined;
    const isGroup = prefix.endsWith(GROUP_SUFFIX);
    const platform = isGroup ? prefix.slice(0, -GROUP_SUFFIX.length) : prefix;
    if (!isPlatform(platform)) return undefined;
    const shape = isGroup ? SHAPES[platform]?.group?.id : SHAPES[platform]?.person;
    return shape?.test(id) ? { kind: isGroup ? 'platform-group' : 'person', platform, id } : undefined;
}

/** An account of a service, whatever door leads to it. */
export interface Account {
    /** Such as `slack`; the platform's own name where it is no door to another. */
    service: string;
    id: string;
}

/** The account behind a person's id: the same for `slack:T1/U1` and Botkube's `<@U1>`. */
export function accountOf(platform: PlatformName, id: string): Account {
    for (const { service, account } of SHAPES[platform]?.doors ?? []) {
        const found = account.exec(id)?.[1];
        if (found !== undefined) return { service, id: found };
    }
    return { service: platform, id };
}

/** Is this approver a group that a platform keeps? Such a group counts as several people. */
export function isPlatformGroup(approver: string): boolean {
    return parseApprover(approver)?.kind === 'platform-group';
}

/** How approvers are written, e.g. `slack:<team>/<user>`: people and groups of the platforms, and groups of the gate. */
export function approverForms(): string[] {
    const known = Object.entries(SHAPES).filter(([, { isPlanned }]) => !isPlanned);
    return [
        ...known.flatMap(([name, { personForm, group }]) => [
            `${name}:${personForm}`,
            ...(group ? [`${name}${GROUP_SUFFIX}:${group.form}`] : []),
        ]),
        `${GATE_GROUP}<name>`,
    ];
}

function isPlatform(name: string): name is PlatformName {
    return Object.hasOwn(PLATFORMS, name);
}
