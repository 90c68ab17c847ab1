import { type ChatField, settingsOf } from '../../../../nodes/core/chat/platform';

const text = { 'en-US': 'Enter it.', 'zh-CN': '请输入。' };
const field = (name: string, parts: Partial<ChatField> = {}): ChatField => ({
    name,
    kind: 'text',
    icon: 'key',
    label: text,
    cure: text,
    ...parts,
});
const fields = [field('token', { secret: true }), field('url', { kind: 'url', optional: true })];

test('the values of a platform are those of its fields, and an empty optional one is absent', () => {
    expect(settingsOf({ fields }, { token: 't', url: 'https://x', other: 'y' })).toEqual({
        token: 't',
        url: 'https://x',
    });
    expect(settingsOf({ fields }, { token: 't', url: '' })).toEqual({ token: 't' });
});

test.each<[object, object]>([
    [{ url: 'https://x' }, { code: 'CONFIG_MISSING', field: 'token', cure: 'Enter it.' }],
    [{ token: '' }, { code: 'CONFIG_MISSING', field: 'token' }],
    [
        { token: 't', url: 'no address' },
        { code: 'CONFIG_INVALID', field: 'url', cure: 'Enter it.' },
    ],
])('%j is refused, naming the field and the cure', (values, error) => {
    expect(() => settingsOf({ fields }, { ...values })).toThrow(expect.objectContaining(error));
});
