import { FixError } from '../../core/errors';
import type { ParameterValue } from '../../core/model/runbook';
import { reservedName } from '../../core/runbook/reserved-names';

const NAME = /^[a-z][a-z0-9_]{0,63}$/;

/**
 * Extra variables as YAML for `--extra-vars @file`. Every string carries `!unsafe`, so that Ansible never takes it for
 * a template. Throws `PARAMETER_INVALID` for a name that is malformed or special.
 */
export function variablesYaml(parameters: Readonly<Record<string, ParameterValue>>): string {
    const lines = Object.entries(parameters).map(
        ([name, value]) => `${quoted(requireName(name))}: ${scalar(name, value)}\n`,
    );
    return lines.length === 0 ? '{}\n' : lines.join('');
}

function requireName(name: string): string {
    if (NAME.test(name) && reservedName(name) === undefined) return name;
    throw new FixError('PARAMETER_INVALID', `Ansible cannot be given a variable of the name "${name.slice(0, 80)}".`, {
        field: `parameters.${name.slice(0, 80)}`,
        cure: 'Name parameters with lower-case letters, digits and underscores, and not like a variable of Ansible itself.',
    });
}

function scalar(name: string, value: ParameterValue): string {
    if (typeof value === 'string') return `!unsafe ${quoted(value)}`;
    if (typeof value === 'boolean') return String(value);
    if (Number.isFinite(value)) return numeral(value);
    throw new FixError('PARAMETER_INVALID', `The parameter "${name}" is not a finite number.`, {
        field: `parameters.${name}`,
    });
}

/** A number as YAML 1.1 reads it: an exponent needs a point before it and a sign. */
function numeral(value: number): string {
    const [mantissa = '', exponent] = String(value).split('e');
    if (exponent === undefined) return mantissa;
    return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}e${exponent}`;
}

/** A double-quoted YAML scalar in printable ASCII only. */
function quoted(text: string): string {
    const escaped = text.replace(/[^ !#-[\]-~]/gu, (character) => {
        if (/\p{Surrogate}/u.test(character)) return '\\uFFFD';
        const code = character.codePointAt(0) ?? 0;
        if (code <= 0xff) return `\\x${hex(code, 2)}`;
        return code <= 0xffff ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
    });
    return `"${escaped}"`;
}

function hex(code: number, digits: number): string {
    return code.toString(16).padStart(digits, '0');
}
