import { z } from 'zod';
import { parseModelJson } from '../../../../nodes/core/diagnosis/model-json';

const schema = z.object({ a: z.number() });

test.each([
    ['plain', '{"a":1}'],
    ['in a fence', '```\n{"a":1}\n```'],
    ['in a fence that names its language', '  ```json {"a":1}```\n\n'],
])('reads an answer %s', (_how, text) => {
    expect(parseModelJson(text, schema)).toEqual({ a: 1 });
});

test('refuses what is longer than any answer, without reading it', () => {
    expect(() => parseModelJson(`{"a":1}${' '.repeat(1_000_000)}`, schema)).toThrow('more than 1000000 characters');
});

test.each([
    ['an open fence and much white space', '```' + ' \n'.repeat(490_000) + 'x'],
    ['white space only', ' '.repeat(1_000_000)],
])('refuses %s', (_what, text) => {
    expect(() => parseModelJson(text, schema)).toThrow('is not JSON');
});
