import { CHATS, chatDeclarations, chatSecrets } from '../../../nodes/adapters/chats';
import type { ChatPlatform } from '../../../nodes/core/chat/platform';

const text = { 'en-US': 'x', 'zh-CN': 'x' };
const other: ChatPlatform = {
    name: 'mattermost',
    label: text,
    takesDecisions: false,
    linksToPage: true,
    fields: [{ name: 'botToken', kind: 'text', secret: true, icon: 'key', label: text, cure: text }],
    make: () => {
        throw new Error('not made here');
    },
};

test('every platform is listed under its own name', () => {
    for (const [name, platform] of Object.entries(CHATS)) expect(platform?.name).toBe(name);
});

test('the editor gets plain data, without any value or function', () => {
    const declared = chatDeclarations();
    expect(JSON.parse(JSON.stringify(declared))).toEqual(declared);
    expect(declared.map(({ name }) => name)).toEqual(Object.keys(CHATS));
});

test('declared patterns are regular expressions, and every text is there in both languages', () => {
    for (const { label, fields } of chatDeclarations()) {
        expect([label['en-US'], label['zh-CN']]).not.toContain('');
        for (const field of fields) {
            expect(() => new RegExp(field.pattern ?? '')).not.toThrow();
            expect([field.label, field.cure].flatMap((one) => Object.values(one))).not.toContain('');
        }
    }
});

test('secrets of all platforms are kept encrypted, a shared one once, and none is a plain field elsewhere', () => {
    const all = [...Object.values(CHATS), other].filter((one) => one !== undefined);
    expect(chatSecrets(all)).toEqual(['botToken', 'appToken']);
    const plain = all.flatMap(({ fields }) => fields.filter(({ secret }) => !secret).map(({ name }) => name));
    expect(plain.filter((name) => chatSecrets(all).includes(name))).toEqual([]);
});

test('declaring Slack does not load its SDK', () => {
    const loaded = (): boolean => Object.keys(require.cache).some((file) => /@slack[\\/]/.test(file));
    expect(loaded()).toBe(false);
    require('../../../nodes/adapters/slack/chat');
    expect(loaded()).toBe(true);
});
