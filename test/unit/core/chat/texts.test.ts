import { refusalText } from '../../../../nodes/core/chat/refusal';
import { fill, textsOf } from '../../../../nodes/core/chat/texts';
import { span } from '../../../../nodes/core/chat/when';
import { FixError } from '../../../../nodes/core/errors';
import { aWaitingIncident } from '../../../support/cards';

function flat(tree: object, prefix = ''): [string, string][] {
    return Object.entries(tree).flatMap(([key, value]: [string, string | object]): [string, string][] =>
        typeof value === 'string' ? [[prefix + key, value]] : flat(value, `${prefix}${key}.`),
    );
}

const english = flat(textsOf('en-US'));
const chinese = flat(textsOf('zh-CN'));

test('both languages have the same texts, none empty', () => {
    expect(chinese.map(([key]) => key).sort()).toEqual(english.map(([key]) => key).sort());
    for (const [, text] of [...english, ...chinese]) expect(text).not.toBe('');
});

test('both languages name the same values, but for refusals, which Chinese words itself', () => {
    const names = (list: [string, string][]): [string, string[]][] =>
        list
            .filter(([key]) => !key.startsWith('refusal.'))
            .map(([key, text]): [string, string[]] => [
                key,
                [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort(),
            ])
            .sort(([a], [b]) => a.localeCompare(b));
    expect(names(chinese)).toEqual(names(english));
});

test('a value that looks like a placeholder is left alone', () => {
    expect(fill('{a} {b}', { a: '{b}', b: '$&' })).toBe('{b} $&');
});

test.each([
    [0, '0 s'],
    [59.6, '1 min'],
    [3_660, '1 h 1 min'],
    [86_400, '1 d'],
    [90_061, '1 d 1 h'],
])('%d seconds read %s', (seconds, text) => {
    expect(span(seconds, textsOf('en-US'))).toBe(text);
});

test('a person who may not decide is told who may', () => {
    const error = new FixError('NOT_ENTITLED', 'Bob may not decide.', { cure: 'It can be decided by slack:T1/U1.' });
    expect(refusalText(error, aWaitingIncident(), 'en-US')).toBe(
        'Bob may not decide. It can be decided by slack:T1/U1.',
    );
    expect(refusalText(error, aWaitingIncident(), 'zh-CN')).toContain('slack:T1/U1, page:alice');
});

test('an unforeseen fault says that nothing was recorded', () => {
    expect(refusalText(new FixError('INTERNAL', 'oops'), undefined, 'en-US')).toBe(
        'Your decision was not recorded: oops',
    );
});
