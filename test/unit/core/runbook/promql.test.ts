import { fillQuery, misplacedPlaceholder } from '../../../../nodes/core/runbook/promql';
import { fillText } from '../../../../nodes/core/runbook/render';

describe('a query is filled', () => {
    test.each([
        ['up{instance="{{instance}}"}', { instance: 'web-1:9100' }, 'up{instance="web-1:9100"}'],
        ['up{instance="{{ instance }}:80"}', { instance: 'a' }, 'up{instance="a:80"}'],
        ['{"my.label"="{{my.label}}"}', { 'my.label': 'v' }, '{"my.label"="v"}'],
        ['up{a="{{absent}}"}', {}, 'up{a=""}'],
        ['up{a="{{constructor}}"}', {}, 'up{a=""}'],
        ['up{a="{{x}}"}', { x: '"} or vector(1) #\\' }, 'up{a="\\"} or vector(1) #\\\\"}'],
        ['up{a="{{x}}"}', { x: 'two\nlines\u2028\0' }, 'up{a="two\\u000alines\\u2028\\u0000"}'],
        ['up{a="{{x}}"}', { x: '\ud800' }, 'up{a="\ufffd"}'],
        ['up{a="{{x}}"}', { x: '{{y}} $& $1', y: 'no' }, 'up{a="{{y}} $& $1"}'],
        ['up{a=~"{{x}}.*", b!~ "{{x}}"}', { x: '.*|b' }, 'up{a=~"\\\\.\\\\*\\\\|b.*", b!~ "\\\\.\\\\*\\\\|b"}'],
        ['up{a=\'{{x}}\'} + up{b="{{x}}"}', { x: '1' }, 'up{a=\'{{x}}\'} + up{b="1"}'],
    ])('%s with %j', (query, labels, expected) => {
        expect(fillQuery(query, labels)).toBe(expected);
    });

    test.each([
        ['up{a="{{x}}"}', undefined],
        ["up{a='{{x}}'}", '{{x}}'],
        ['up > {{ limit }}', '{{ limit }}'],
        ['up{a=`{{x}}`}', '{{x}}'],
        ['up{a="say \\"{{x}}\\""}', undefined],
    ])('a placeholder outside double quotes is found: %s', (query, expected) => {
        expect(misplacedPlaceholder(query)).toBe(expected);
    });
});

test('a sentence is filled as plain text of one line', () => {
    expect(fillText('{{host}} in {{zone}} is full', { host: 'web\n-1\u202e' })).toBe(
        'web‹U+000A›-1‹U+202E› in ? is full',
    );
    expect(fillText('{{host}}', { host: 'x'.repeat(10_000) })).toMatch(/^x{200}… \[cut/);
    expect(fillText('{{host}}', { host: '{{zone}}', zone: 'no' })).toBe('{{zone}}');
});
