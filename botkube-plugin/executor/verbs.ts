/** `value`: `--name=value`; `switch`: `--name`. */
export type FlagKind = 'value' | 'switch';

/** What a user can type after the plugin's name. */
export interface Verb {
    /** Behind the verb, for help. */
    usage: string;
    /** What it does, for help. */
    summary: string;
    flags: Readonly<Record<string, FlagKind>>;
}

/** All commands. Botkube eats some flag names ({@link EATEN_FLAGS}); none here may be one of them. */
export const VERBS = {
    alerts: {
        usage: '[--severity=…] [--namespace=…]',
        summary: 'what fires now',
        flags: { severity: 'value', namespace: 'value' },
    },
    diagnose: {
        usage: '<incident, fingerprint or alert name> [--label name=value] [--again]',
        summary: 'finds the cause and what would fix it',
        flags: { label: 'value', alert: 'value', namespace: 'value', 'event-b64': 'value', again: 'switch' },
    },
    ask: { usage: '<incident> "<question>"', summary: 'a question on the evidence of an incident', flags: {} },
    show: { usage: '<incident>', summary: 'state and timeline of an incident', flags: {} },
    incidents: { usage: '[--stage=…]', summary: 'the newest incidents', flags: { stage: 'value' } },
    approve: {
        usage: '<incident> [<seal>]',
        summary: 'approves the fix that waits; without the seal it shows the plan first',
        flags: {},
    },
    reject: {
        usage: '<incident> [<seal>] [--reason="…"]',
        summary: 'rejects the fix that waits',
        flags: { reason: 'value' },
    },
    status: { usage: '', summary: 'health of store, model, Prometheus and Alertmanager', flags: {} },
    help: { usage: '', summary: 'this list', flags: {} },
} as const satisfies Record<string, Verb>;

export type VerbName = keyof typeof VERBS;

/**
 * Flags of Botkube itself. It takes them out wherever they stand; one that comes through all the same is left unread.
 */
export const EATEN_FLAGS: Readonly<Record<string, FlagKind>> = {
    filter: 'value',
    'cluster-name': 'value',
    'bk-cmd-header': 'value',
    'all-clusters': 'switch',
};

/** The command of this name; case does not matter. */
export function verbNamed(name: string): VerbName | undefined {
    const asked = name.toLowerCase();
    return VERB_NAMES.find((verb) => verb === asked);
}

export const VERB_NAMES = Object.keys(VERBS) as VerbName[];
