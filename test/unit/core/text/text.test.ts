import { fullStop } from '../../../../nodes/core/text/text';

test.each([
    ['no answer', 'no answer.'],
    ['Connection is closed.', 'Connection is closed.'],
    ['it ended \n', 'it ended.'],
    ['and so on...', 'and so on....'],
    ['', '.'],
])('%j ends with one full stop of its own', (text, expected) => {
    expect(fullStop(text)).toBe(expected);
});
