import { FixError } from '../errors';
import type { Action, ParameterSpec, ParameterValue } from '../model/runbook';
import { hasInvisible } from '../text/invisible';
import { compileRegex } from '../text/regex';

/** Longest string parameter when the runbook names no other length. */
const DEFAULT_MAX_LENGTH = 1000;

/**
 * The parameters an action runs with: what was given, else the label named by `from`, else the default.
 * Throws `PARAMETER_INVALID` naming field and cure for an undeclared, missing or unfit one.
 */
export function resolveParameters(
    action: Pick<Action, 'id' | 'parameters'>,
    given: Readonly<Record<string, ParameterValue>>,
    labels: Readonly<Record<string, string>>,
): Record<string, ParameterValue> {
    for (const name of Object.keys(given)) {
        if (Object.hasOwn(action.parameters, name)) continue;
        const known = Object.keys(action.parameters).join(', ') || 'none';
        throw invalid(
            name,
            `The action ${action.id} has no parameter "${name}".`,
            `Use only its parameters: ${known}.`,
        );
    }
    return Object.fromEntries(
        Object.entries(action.parameters).map(([name, spec]) => {
            const value = Object.hasOwn(given, name) ? given[name] : undefined;
            return [name, requireFit(name, spec, value ?? fromLabel(spec, labels) ?? spec.default)];
        }),
    );
}

/**
 * A value written as text (a label, a form field), in the type of the parameter; the text itself when it does not fit.
 */
export function parameterFromText(spec: ParameterSpec, text: string): ParameterValue {
    if (spec.type === 'string') return text;
    if (spec.type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
    return /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : text;
}

/** What is wrong with a value, as a sentence part such as `must be at most 30`; undefined when it fits. */
export function parameterFault(spec: ParameterSpec, value: ParameterValue): string | undefined {
    if (!hasType(spec, value)) return `must be of type ${spec.type}`;
    if (spec.enum && !spec.enum.includes(value)) return `must be one of ${spec.enum.join(', ')}`;
    if (typeof value === 'string') return stringFault(spec, value);
    if (typeof value === 'number') {
        if (spec.minimum !== undefined && value < spec.minimum) return `must be at least ${spec.minimum}`;
        if (spec.maximum !== undefined && value > spec.maximum) return `must be at most ${spec.maximum}`;
    }
    return undefined;
}

function stringFault(spec: ParameterSpec, value: string): string | undefined {
    const longest = spec.maxLength ?? DEFAULT_MAX_LENGTH;
    if (value.length > longest) return `must have at most ${longest} characters`;
    if (hasInvisible(value)) return 'must not contain line breaks, blanks of unusual kinds or invisible characters';
    if (spec.enum) return undefined;
    if (spec.pattern === undefined) return 'cannot be accepted, because the runbook gives neither enum nor pattern';
    return compileRegex(spec.pattern)(value) ? undefined : `must match ${spec.pattern}`;
}

function hasType(spec: ParameterSpec, value: ParameterValue): boolean {
    if (spec.type === 'integer') return Number.isSafeInteger(value);
    if (spec.type === 'number') return Number.isFinite(value);
    return typeof value === spec.type;
}

function fromLabel(spec: ParameterSpec, labels: Readonly<Record<string, string>>): ParameterValue | undefined {
    if (spec.from === undefined || !Object.hasOwn(labels, spec.from)) return undefined;
    const text = labels[spec.from];
    return text ? parameterFromText(spec, text) : undefined;
}

function requireFit(name: string, spec: ParameterSpec, value: ParameterValue | undefined): ParameterValue {
    if (value === undefined) {
        const source = spec.from === undefined ? '' : ` or send the alert label "${spec.from}"`;
        throw invalid(name, `The parameter "${name}" has no value.`, `Give one${source}.`);
    }
    const fault = parameterFault(spec, value);
    if (fault === undefined) return value;
    throw invalid(name, `The parameter "${name}" ${fault}.`, `Give a value that fits: ${spec.description}`);
}

function invalid(name: string, message: string, cure: string): FixError {
    return new FixError('PARAMETER_INVALID', message, { field: `parameters.${name}`, cure });
}
