import { durationSeconds } from '../../../../nodes/core/text/duration';

test.each([
    ['30s', 30],
    ['2m', 120],
    ['1h30m', 5400],
    ['1d', 86_400],
    ['1w', 604_800],
    ['1y', 31_536_000],
    ['500ms', 0.5],
])('%s is %d seconds', (text, seconds) => expect(durationSeconds(text)).toBe(seconds));

test.each(['', '5', '5 m', '1m1h', '-1m', '1.5h', 'm', `${'9'.repeat(50)}s`])('%j is no duration', (text) => {
    expect(durationSeconds(text)).toBeUndefined();
});
