import { z } from 'zod';
import { asFixError, FixError } from '../errors';
import type { Approver, Policy, PolicyRule } from '../model/approval';
import { approverForms, GATE_GROUP, parseApprover } from '../model/platforms';
import { parseMatchers } from '../text/matcher';
import { parsePeople } from './parse-people';
import { isTimeZone } from './window';

const APPROVER_CURE = `Write one of ${approverForms().join(', ')}.`;

const time = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'is no time of day; write HH:MM, such as 08:30');
const window = z.object({
    days: z.array(z.int().min(0).max(6)).min(1, 'names no day; tick at least one'),
    from: time,
    to: time,
    timeZone: z.string().refine(isTimeZone, 'is no IANA time zone; write one such as Europe/Berlin or UTC'),
});
const rule = z.object({
    name: z.string().trim().min(1, 'is empty; give the rule a name').max(60, 'has more than 60 characters; shorten it'),
    match: z.string(),
    risks: z.array(z.enum(['low', 'medium', 'high'])).min(1, 'names no risk; tick at least one'),
    window: window.nullish(),
    decision: z.enum(['automatic', 'one', 'two', 'deny'], 'is not one of automatic, one, two, deny; choose one'),
    approvers: z.string(),
    requesterMayApprove: z.boolean().default(false),
});
const group = z.object({
    name: z.string().trim().min(1, 'is empty; give the group a name'),
    members: z.string(),
});
const minutes = z.coerce.number('is no number; write minutes');
const config = z.object({
    rules: z.array(rule).min(1, 'is empty; without a rule nothing can be approved, so add one'),
    groups: z.array(group),
    people: z.string().default(''),
    expiryMinutes: minutes
        .min(1, 'is below 1 minute; raise it')
        .max(10_080, 'is above 7 days (10080 minutes); lower it'),
    escalateMinutes: minutes.min(0, 'is negative; write 0 for no escalation'),
});

/** The policy part of an approval gate's configuration, as the editor saves it. */
export type PolicyConfig = z.input<typeof config>;

/**
 * Reads a gate's configuration: matcher lists and approvers are text, one or more approvers by comma or line.
 * `people` has one person a line, `alice = page:alice, slack:T1/U1`. Throws `CONFIG_INVALID` naming rule and field, with the cure.
 */
export function parsePolicy(input: unknown): Policy {
    const parsed = config.safeParse(input);
    if (!parsed.success) throw fromIssue(parsed.error.issues[0], input);
    const { rules, groups, people: accounts, expiryMinutes, escalateMinutes } = parsed.data;
    if (escalateMinutes >= expiryMinutes) {
        throw invalid(
            'escalateMinutes',
            'is not before the expiry',
            'Write fewer minutes than the expiry, or 0 for no escalation.',
        );
    }
    const members = groupsOf(groups);
    const people = parsePeople(accounts);
    return {
        rules: rules.map((one) => ruleOf(one, members)),
        groups: members,
        ...(Object.keys(people).length > 0 ? { people } : {}),
        expirySeconds: expiryMinutes * 60,
        escalateSeconds: escalateMinutes * 60,
    };
}

/** The approvers of a text, split at commas and line ends, each once. Throws `CONFIG_INVALID` naming `field`. */
function parseApprovers(text: string, field: string): Approver[] {
    const entries = text
        .split(/[,\n]/)
        .map((entry) => entry.trim())
        .filter((entry) => entry !== '');
    for (const entry of entries) {
        if (!parseApprover(entry))
            throw invalid(field, `has ${JSON.stringify(entry)}, which names no approver`, APPROVER_CURE);
    }
    return [...new Set(entries)];
}

function ruleOf(one: z.output<typeof rule>, groups: Policy['groups']): PolicyRule {
    const field = (name: string): string => `rule "${one.name}", ${name}`;
    const approvers = parseApprovers(one.approvers, field('approvers'));
    const asks = one.decision === 'one' || one.decision === 'two';
    if (asks && approvers.length === 0) {
        throw invalid(field('approvers'), 'is empty', `Name who may approve. ${APPROVER_CURE}`);
    }
    const unknown = approvers.find((entry) => entry.startsWith(GATE_GROUP) && !Object.hasOwn(groups, groupName(entry)));
    if (asks && unknown !== undefined) {
        throw invalid(
            field('approvers'),
            `names the unknown group "${groupName(unknown)}"`,
            'Add the group below the rules, or correct its name.',
        );
    }
    const { name, risks, decision } = one;
    return {
        name,
        match: matchersOf(one.match, field('match')),
        risks,
        ...(one.window ? { window: one.window } : {}),
        decision,
        approvers,
        ...(one.requesterMayApprove ? { requesterMayApprove: true } : {}),
    };
}

function groupName(entry: Approver): string {
    return entry.slice(GATE_GROUP.length);
}

function matchersOf(text: string, field: string): PolicyRule['match'] {
    try {
        return parseMatchers(text);
    } catch (thrown) {
        const { message, cure } = asFixError(thrown);
        throw new FixError('CONFIG_INVALID', message, {
            field,
            cure: cure ?? 'Write matchers such as severity="critical", team=~"db|web".',
        });
    }
}

function groupsOf(groups: z.output<typeof group>[]): Policy['groups'] {
    const named = new Map<string, Approver[]>();
    for (const { name, members } of groups) {
        const field = `group "${name}"`;
        const approvers = parseApprovers(members, field);
        if (named.has(name)) throw invalid(field, 'is there twice', 'Rename or remove one.');
        if (approvers.length === 0) throw invalid(field, 'is empty', `Name its members. ${APPROVER_CURE}`);
        if (approvers.some((entry) => entry.startsWith(GATE_GROUP))) {
            throw invalid(field, 'holds another group', 'List its people instead.');
        }
        named.set(name, approvers);
    }
    return Object.fromEntries(named);
}

/** Says where the configuration is wrong in the words of the editor: the rule's or group's name, then the field. */
function fromIssue(issue: z.core.$ZodIssue | undefined, input: unknown): FixError {
    const [list, index, ...rest] = issue?.path ?? [];
    const item = typeof index === 'number' ? itemName(input, list, index) : undefined;
    const field = item === undefined ? String(list ?? 'policy') : [item, rest.join('.')].filter(Boolean).join(', ');
    const [what = '', cure = 'open the approval gate and correct it'] = (issue?.message ?? 'is not readable').split(
        '; ',
    );
    return invalid(field, what, `${cure.charAt(0).toUpperCase()}${cure.slice(1)}.`);
}

function itemName(input: unknown, list: PropertyKey | undefined, index: number): string {
    const named = z.object({ [String(list)]: z.array(z.looseObject({ name: z.string().min(1) })) }).safeParse(input);
    const what = list === 'groups' ? 'group' : 'rule';
    const name = named.success ? named.data[String(list)]?.[index]?.name : undefined;
    return name === undefined ? `${what} ${index + 1}` : `${what} "${name}"`;
}

function invalid(field: string, what: string, cure: string): FixError {
    const sentence = /^(?:is|has|names|holds|was)\b/.test(what)
        ? `The approval gate's ${field} ${what}.`
        : `The approval gate's ${field}: ${what}.`;
    return new FixError('CONFIG_INVALID', sentence, { field, cure });
}
