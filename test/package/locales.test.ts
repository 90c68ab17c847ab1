import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { nodeFolder, nodeHtml, nodeTypes } from '../support/package';

const LANGUAGES = ['en-US', 'zh-CN'];

/** The sections of every help text, in this order; only the two of ordinary nodes and the last may be left out. */
const SECTIONS = [
    ['Inputs', '输入'],
    ['Outputs', '输出'],
    ['Details', '详细信息'],
    ['Errors', '错误'],
    ['References', '参考'],
] as const;

function catalogue(type: string, language: string): Record<string, unknown> {
    return JSON.parse(readFileSync(path.join(nodeFolder(type), 'locales', language, `${type}.json`), 'utf8')) as Record<
        string,
        unknown
    >;
}

function keys(tree: Record<string, unknown>, prefix = ''): string[] {
    return Object.entries(tree).flatMap(([key, value]) =>
        typeof value === 'string' ? [`${prefix}${key}`] : keys(value as Record<string, unknown>, `${prefix}${key}.`),
    );
}

describe.each(nodeTypes)('%s', (type) => {
    test('has the same labels in both languages, none empty', () => {
        const [english, chinese] = LANGUAGES.map((language) => keys(catalogue(type, language)).sort());
        expect(chinese).toEqual(english);
        for (const language of LANGUAGES) expect(JSON.stringify(catalogue(type, language))).not.toMatch(/:""/);
    });

    test('has help in both languages', () => {
        for (const language of LANGUAGES) {
            const file = path.join(nodeFolder(type), 'locales', language, `${type}.html`);
            expect(existsSync(file)).toBe(true);
            expect(readFileSync(file, 'utf8')).toContain(`data-help-name="${type}"`);
        }
    });

    test('has the same sections of help in both languages, in the usual order, with the codes of its errors', () => {
        const sections = LANGUAGES.map((language, index) => {
            const text = readFileSync(path.join(nodeFolder(type), 'locales', language, `${type}.html`), 'utf8');
            expect(text).toMatch(/### (?:Errors|错误)\n[\s\S]*`[A-Z]+_[A-Z_]+`/);
            return [...text.matchAll(/^### (.*)$/gm)].map(([, title]) =>
                SECTIONS.findIndex((section) => section[index] === title),
            );
        });
        expect(sections[0]).toEqual(expect.arrayContaining([2, 3]));
        expect(sections[0]).toEqual([...(sections[0] ?? [])].sort());
        expect(sections[0]).not.toContain(-1);
        expect(sections[1]).toEqual(sections[0]);
    });

    test('uses only labels that exist', () => {
        const known = new Set(keys(catalogue(type, 'en-US')));
        const used = [...nodeHtml(type).matchAll(/data-i18n="(?:\[[\w-]+\])?([^";]+)"/g)].map(([, key = '']) => key);
        const own = used.filter((key) => !key.startsWith('node-red:'));
        expect(own.length).toBeGreaterThan(0);
        expect(own.filter((key) => !known.has(key))).toEqual([]);
    });
});
