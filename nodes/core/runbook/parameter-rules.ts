import { asFixError } from '../errors';
import type { ParameterSpec } from '../model/runbook';
import { compileRegex } from '../text/regex';
import { parameterFault } from './parameters';
import type { Path } from './yaml-file';

type SpecFault = { key: Path; message: string; cure: string };

/** What is wrong with the declaration of a parameter; `key` is the place within it, as written in the file. */
export function specFaults(spec: ParameterSpec): SpecFault[] {
    const faults = [...formFaults(spec), ...patternFaults(spec)];
    if (faults.length > 0) return faults;
    return [...valueFaults(spec)];
}

function formFaults(spec: ParameterSpec): SpecFault[] {
    const faults: SpecFault[] = [];
    const isText = spec.type === 'string';
    const isNumber = spec.type === 'integer' || spec.type === 'number';
    if (isText && spec.enum === undefined && spec.pattern === undefined) {
        faults.push({
            key: [],
            message: 'A string parameter needs enum or pattern: free text never reaches a playbook.',
            cure: 'Add e.g. pattern: "[a-z0-9-]+".',
        });
    }
    for (const [key, given] of [
        ['pattern', spec.pattern],
        ['max_length', spec.maxLength],
    ] as const) {
        if (given !== undefined && !isText)
            faults.push({
                key: [key],
                message: `${key} is for strings only, this is of type ${spec.type}.`,
                cure: 'Remove it.',
            });
    }
    for (const [key, given] of [
        ['minimum', spec.minimum],
        ['maximum', spec.maximum],
    ] as const) {
        if (given !== undefined && !isNumber)
            faults.push({
                key: [key],
                message: `${key} is for numbers only, this is of type ${spec.type}.`,
                cure: 'Remove it.',
            });
    }
    if (spec.minimum !== undefined && spec.maximum !== undefined && spec.minimum > spec.maximum) {
        faults.push({
            key: ['minimum'],
            message: `minimum ${spec.minimum} is above maximum ${spec.maximum}.`,
            cure: 'Swap them.',
        });
    }
    return faults;
}

function patternFaults(spec: ParameterSpec): SpecFault[] {
    if (spec.pattern === undefined) return [];
    try {
        compileRegex(spec.pattern);
    } catch (thrown) {
        const { message, cure } = asFixError(thrown);
        return [{ key: ['pattern'], message, cure: cure ?? 'Use the syntax of RE2.' }];
    }
    try {
        new RegExp(spec.pattern, 'u');
        return [];
    } catch {
        return [
            {
                key: ['pattern'],
                message: 'The pattern uses RE2 syntax that JSON Schema does not have.',
                cure: 'Use plain classes such as [a-zA-Z] instead of (?i) or [[:alpha:]].',
            },
        ];
    }
}

function* valueFaults(spec: ParameterSpec): Generator<SpecFault> {
    const { enum: values, default: standard, ...bare } = spec;
    for (const [index, value] of (values ?? []).entries()) {
        const fault = parameterFault({ ...bare, enum: [value] }, value);
        if (fault !== undefined)
            yield {
                key: ['enum', index],
                message: `The value ${JSON.stringify(value)} ${fault}.`,
                cure: 'Correct or remove it.',
            };
    }
    if (standard === undefined) return;
    const fault = parameterFault(spec, standard);
    if (fault !== undefined)
        yield {
            key: ['default'],
            message: `The default ${JSON.stringify(standard)} ${fault}.`,
            cure: 'Correct the default.',
        };
}
