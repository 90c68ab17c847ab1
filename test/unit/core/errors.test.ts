import { FixError, failureText } from '../../../nodes/core/errors';

describe('the text of a failure', () => {
    test('is its message, and behind it what can be done', () => {
        expect(failureText(new FixError('STORE_DOWN', 'Redis does not answer.'))).toBe('Redis does not answer.');
        expect(failureText(new FixError('STORE_DOWN', 'Redis does not answer.', { cure: 'Start it.' }))).toBe(
            'Redis does not answer. Start it.',
        );
    });

    test('names the field where that is asked for', () => {
        const error = new FixError('CONFIG_INVALID', 'The mode is wrong.', { field: 'mode', cure: 'Choose one.' });
        expect(failureText(error)).toBe('The mode is wrong. Choose one.');
        expect(failureText(error, { field: true })).toBe('The mode is wrong. (mode) Choose one.');
    });

    test.each([
        ['The dry run failed: not today', 'The dry run failed: not today. Try it by hand.'],
        ['The dry run failed: why?', 'The dry run failed: why? Try it by hand.'],
        ['试运行失败。', '试运行失败。 Try it by hand.'],
    ])('keeps its two sentences apart: %s', (message, text) => {
        expect(failureText(new FixError('ANSIBLE_FAILED', message, { cure: 'Try it by hand.' }))).toBe(text);
    });

    test('of something else that was thrown is what it says', () => {
        expect(failureText(new Error('read ECONNRESET'))).toBe('read ECONNRESET');
        expect(failureText('stopped')).toBe('stopped');
    });
});
