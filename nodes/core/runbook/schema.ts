import { z } from 'zod';
import type { Action, Check, ParameterSpec, Runbook } from '../model/runbook';
import { durationSeconds } from '../text/duration';
import { parseMatchers } from '../text/matcher';

const ID = /^[a-z][a-z0-9-]{1,62}$/;
const HOLDS = /^(>=|<=|==|!=|>|<)\s*(-?\d{1,15}(?:\.\d{1,15})?(?:[eE][+-]?\d{1,2})?)$/;
const PLAYBOOK = /^(?!.*(?:^|\/)\.{0,2}(?:\/|$))[A-Za-z0-9_][A-Za-z0-9._/-]{0,200}\.ya?ml$/;
const TARGET = /^(?:=[A-Za-z0-9_][A-Za-z0-9_.:-]{0,252}|[^\s={}"]{1,200})$/;

/** Name of a parameter, see also `rules.ts` for names that Ansible keeps for itself. */
const PARAMETER_NAME = /^[a-z][a-z0-9_]{0,63}$/;

const id = z.string().regex(ID).meta({ description: 'Lower-case letters, digits and dashes.' });
const line = (description: string) =>
    z
        .string()
        .regex(/^\S[^\r\n]*$/)
        .max(300)
        .meta({ description });
const query = z
    .string()
    .regex(/\S/)
    .max(4000)
    .meta({ description: "PromQL. {{label}} inside a double-quoted string is replaced by the alert's label value." });
const value = z.union([z.string(), z.number(), z.boolean()]);
const duration = z
    .string()
    .max(40)
    .refine((text) => durationSeconds(text) !== undefined, 'a duration such as 30s, 2m or 1h')
    .meta({ description: 'A Prometheus duration such as 30s, 2m or 1h.', pattern: '^(\\d+(ms|[ywdhms]))+$' });
const label = z.string().regex(/^[^\s{}"]{1,200}$/);

const playbookCall = {
    playbook: z
        .string()
        .regex(PLAYBOOK)
        .meta({ description: 'Playbook file, relative to the library folder, e.g. playbooks/clean-spool.yml.' }),
    tags: z
        .array(z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/))
        .max(20)
        .optional()
        .meta({ description: 'Run only the tasks with these tags.' }),
};

const parameter = z.strictObject({
    type: z.enum(['string', 'integer', 'number', 'boolean']),
    description: line('What the value means; people and the model read it.'),
    enum: z.array(value).min(1).max(100).optional().meta({ description: 'The only values that are accepted.' }),
    pattern: z
        .string()
        .max(1000)
        .optional()
        .meta({ description: 'Regular expression that the whole text must match. A string needs this or enum.' }),
    max_length: z.int().min(1).max(10_000).optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    default: value.optional(),
    from: label.optional().meta({ description: 'Alert label to take the value from.' }),
});

const check = z.strictObject({
    id,
    title: line('What is asked, for people.'),
    query,
    unit: line('Unit of the answer, e.g. ratio, bytes, seconds.').optional(),
    holds: z.string().regex(HOLDS).optional().meta({
        description: 'The check holds when its answer is so, e.g. "> 0.9". Without samples it does not hold.',
    }),
});

const cause = z.strictObject({
    cause: line("The cause in one sentence; {{label}} is replaced by the alert's label value."),
    when: z.array(id).max(20).default([]).meta({ description: 'Ids of the checks that must all hold.' }),
    confidence: z.number().min(0).max(1),
    action: id.optional().meta({ description: 'Action to propose; left out: advice only.' }),
    parameters: z
        .record(z.string(), value)
        .optional()
        .meta({ description: 'Values for the parameters of the action.' }),
});

const action = z.strictObject({
    id,
    title: line('The fix in a few words.'),
    description: z
        .string()
        .regex(/\S/)
        .max(2000)
        .meta({ description: 'What the fix does, for people and for the model.' }),
    risk: z.enum(['low', 'medium', 'high']),
    ...playbookCall,
    target: z
        .string()
        .regex(TARGET)
        .meta({ description: 'Alert label that names the inventory host, or "=name" for a fixed inventory host.' }),
    parameters: z.record(z.string().regex(PARAMETER_NAME), parameter).default({}),
    verify: z
        .strictObject({
            check: query.optional(),
            within: duration,
        })
        .meta({
            description: 'How to see that the fix worked: the alert clears (and the check holds) within this time.',
        }),
    rollback: z.strictObject(playbookCall).optional(),
    approval: line('Hint for the person who approves, shown on the card.').optional(),
});

/** The YAML of one runbook, as written. */
export const runbookSchema = z.strictObject({
    id: id.meta({ description: 'The name of the file without .yaml.' }),
    title: line('What the alert means, in a few words.'),
    alerts: z
        .array(z.string())
        .min(1)
        .max(50)
        .meta({ description: "Which alerts it is for: any of these matcher lists in Alertmanager's syntax." }),
    knowledge: z.string().max(50_000).default('').meta({ description: 'Markdown for people and for the model.' }),
    checks: z.array(check).max(30).default([]),
    causes: z
        .array(cause)
        .max(50)
        .default([])
        .meta({ description: 'The rule engine takes the first cause whose checks all hold.' }),
    actions: z.array(action).max(30).default([]),
});

export type RunbookFile = z.infer<typeof runbookSchema>;
type ActionFile = RunbookFile['actions'][number];
type CheckFile = RunbookFile['checks'][number];
type ParameterFile = ActionFile['parameters'][string];

/** The runbook of a checked file. */
export function toRunbook(file: RunbookFile, digest: string, path: string): Runbook {
    return {
        ...file,
        alerts: file.alerts.map(parseMatchers),
        checks: file.checks.map(toCheck),
        actions: file.actions.map(toAction),
        digest,
        file: path,
    };
}

/** The parameter as the rest of the system knows it. */
export function toParameter({ max_length, ...spec }: ParameterFile): ParameterSpec {
    return max_length === undefined ? spec : { ...spec, maxLength: max_length };
}

function toCheck({ holds, ...check }: CheckFile): Check {
    const [, op, number] = HOLDS.exec(holds ?? '') ?? [];
    return op === undefined
        ? check
        : { ...check, holds: { op: op as NonNullable<Check['holds']>['op'], value: Number(number) } };
}

function toAction({ verify, parameters, ...action }: ActionFile): Action {
    return {
        ...action,
        parameters: Object.fromEntries(Object.entries(parameters).map(([name, spec]) => [name, toParameter(spec)])),
        verify: {
            ...(verify.check !== undefined && { check: verify.check }),
            withinSeconds: durationSeconds(verify.within) ?? 0,
        },
    };
}
