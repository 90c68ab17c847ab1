import type { ParameterSpec } from '../../../../nodes/core/model/runbook';
import { parameterFromText, resolveParameters } from '../../../../nodes/core/runbook/parameters';

const integer: ParameterSpec = { type: 'integer', description: 'days', minimum: 0, maximum: 30 };
const path: ParameterSpec = { type: 'string', description: 'a path', pattern: '/[a-z/]+', maxLength: 20, from: 'path' };

function resolve(
    parameters: Record<string, ParameterSpec>,
    given: Record<string, string | number | boolean>,
    labels = {},
) {
    return resolveParameters({ id: 'clean', parameters }, given, labels);
}

describe('parameters', () => {
    test('what is given counts before the label, the label before the default', () => {
        const spec = { days: { ...integer, from: 'days', default: 1 } };
        expect(resolve(spec, { days: 5 }, { days: '7' })).toEqual({ days: 5 });
        expect(resolve(spec, {}, { days: '7' })).toEqual({ days: 7 });
        expect(resolve(spec, {}, { days: '' })).toEqual({ days: 1 });
        expect(resolve(spec, {})).toEqual({ days: 1 });
    });

    test('a default of 0 or false is a value', () => {
        expect(
            resolve({ a: { ...integer, default: 0 }, b: { type: 'boolean', description: '', default: false } }, {}),
        ).toEqual({ a: 0, b: false });
    });

    test.each<[string, Record<string, ParameterSpec>, Record<string, string | number | boolean>, string]>([
        ['undeclared', { days: integer }, { other: 1, days: 1 }, 'parameters.other'],
        [
            'undeclared, with a name every object has',
            { days: integer },
            { constructor: 1, days: 1 },
            'parameters.constructor',
        ],
        ['missing', { days: integer }, {}, 'parameters.days'],
        ['of a wrong type', { days: integer }, { days: '5' }, 'parameters.days'],
        ['not an integer', { days: integer }, { days: 1.5 }, 'parameters.days'],
        ['not finite', { days: { type: 'number', description: '' } }, { days: Infinity }, 'parameters.days'],
        ['too small', { days: integer }, { days: -1 }, 'parameters.days'],
        ['too large', { days: integer }, { days: 31 }, 'parameters.days'],
        [
            'outside the enum',
            { size: { type: 'string', description: '', enum: ['s', 'm'] } },
            { size: 'l' },
            'parameters.size',
        ],
        ['off the pattern', { path }, { path: '/etc/../x y' }, 'parameters.path'],
        ['matching the pattern only in part', { path }, { path: '/a; rm' }, 'parameters.path'],
        ['too long', { path }, { path: `/${'a'.repeat(30)}` }, 'parameters.path'],
        [
            'a text without enum or pattern',
            { name: { type: 'string', description: '' } },
            { name: 'x' },
            'parameters.name',
        ],
        [
            'a line break that the pattern would let through',
            { name: { type: 'string', description: '', pattern: '[^;]*' } },
            { name: 'a\nb' },
            'parameters.name',
        ],
        [
            'a mark that turns text around',
            { name: { type: 'string', description: '', pattern: '.*' } },
            { name: 'a\u202eb' },
            'parameters.name',
        ],
    ])('refused when %s', (_what, specs, given, field) => {
        expect(() => resolve(specs, given)).toThrow(
            expect.objectContaining({
                code: 'PARAMETER_INVALID',
                field,
                cure: expect.stringMatching(/./),
            }),
        );
    });

    test('a hostile label is refused like any other value', () => {
        expect(() => resolve({ path }, {}, { path: '/{{ q("x") }}' })).toThrow('must match');
        expect(() => resolve({ days: { ...integer, from: 'days' } }, {}, { days: '1e9' })).toThrow('type integer');
    });

    test.each<[ParameterSpec['type'], string, unknown]>([
        ['integer', '12', 12],
        ['number', '-0.5', -0.5],
        ['boolean', 'true', true],
        ['boolean', 'yes', 'yes'],
        ['integer', '0x10', '0x10'],
        ['integer', '', ''],
        ['string', '12', '12'],
    ])('text for a %s: %j becomes %j', (type, text, expected) => {
        expect(parameterFromText({ type, description: '' }, text)).toBe(expected);
    });
});
