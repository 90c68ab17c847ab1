import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { anchorsOf, deadLinks, documentsOf, headingsOf, linksOf, targetFile } from '../support/markdown';
import { ROOT } from '../support/package';

const documents = documentsOf(ROOT);
const text = (document: string): string => readFileSync(path.join(ROOT, document), 'utf8');

/** Documents that links lead to from `start`, itself included. */
function reachableFrom(start: string): Set<string> {
    const reached = new Set([start]);
    for (const document of reached) {
        for (const { target } of linksOf(text(document))) {
            const file = targetFile(document, target);
            if (file?.endsWith('.md') && existsSync(path.join(ROOT, file))) reached.add(file);
        }
    }
    return reached;
}

describe('the documents', () => {
    test.each(documents)('%s: every relative link leads to a file, every anchor to a heading', (document) => {
        expect(deadLinks(ROOT, document)).toEqual([]);
    });

    test('each can be reached from the README', () => {
        const reached = reachableFrom('README.md');
        const own = documents.filter((document) => !document.startsWith('.github'));
        expect(own.filter((document) => !reached.has(document))).toEqual([]);
    });

    test('the README leads to each document of docs with one click', () => {
        const linked = linksOf(text('README.md')).map(({ target }) => targetFile('README.md', target));
        const own = documents.filter((document) => /^docs\/[^/]+\.md$/.test(document));
        expect(own.filter((document) => !linked.includes(document))).toEqual([]);
    });
});

describe('the Chinese documents', () => {
    const pairs = documents.flatMap((document): [chinese: string, english: string][] => {
        if (document === 'README.zh-CN.md') return [[document, 'README.md']];
        return document.startsWith('docs/zh-CN/') ? [[document, document.replace('docs/zh-CN/', 'docs/')]] : [];
    });

    test.each(pairs)('%s has the headings of %s', (chinese, english) => {
        const levels = (document: string): number[] => headingsOf(text(document)).map(({ level }) => level);
        expect(levels(chinese)).toEqual(levels(english));
    });

    test.each(pairs)('%s has as many rows in each table as %s', (chinese, english) => {
        expect(tablesOf(text(chinese))).toEqual(tablesOf(text(english)));
    });

    test('each can be reached from the Chinese README with one click', () => {
        const linked = linksOf(text('README.zh-CN.md')).map(({ target }) => targetFile('README.zh-CN.md', target));
        const own = documents.filter((document) => document.startsWith('docs/zh-CN/'));
        expect(own.filter((document) => !linked.includes(document))).toEqual([]);
    });
});

/** The number of lines of each table. */
function tablesOf(document: string): number[] {
    return document
        .split(/\n(?!\|)/)
        .map((block) => block.split('\n').filter((line) => line.startsWith('|')).length)
        .filter((rows) => rows > 0);
}

describe('a link check', () => {
    test('sees links in text and in tables, and none in code', () => {
        const found = linksOf('[a](x.md) ![b](y.png "title")\n| [c](z.md#d) |\n`[no](no.md)`\n```\n[no](no.md)\n```\n');
        expect(found).toEqual([
            { line: 1, target: 'x.md' },
            { line: 1, target: 'y.png' },
            { line: 2, target: 'z.md#d' },
        ]);
    });

    test('names headings as GitHub does', () => {
        expect([...anchorsOf('# What is "Slack"?\n## A, b & c\n## A, b & c\n# 五分钟导览\n# `verify`\n')]).toEqual([
            'what-is-slack',
            'a-b--c',
            'a-b--c-1',
            '五分钟导览',
            'verify',
        ]);
    });

    test('finds a missing file, a missing heading, and a way out of the repository', () => {
        const root = mkdtempSync(path.join(tmpdir(), 'alert-to-fix-links-'));
        writeFileSync(
            path.join(root, 'a.md'),
            '# Here\n[x](no.md) [x](#here) [x](#there) [x](../b.md) [x](https://example.org)\n',
        );
        expect(deadLinks(root, 'a.md')).toEqual([
            'a.md:2 no.md: no such file',
            'a.md:2 #there: no such heading',
            'a.md:2 ../b.md: outside of the repository',
        ]);
        rmSync(root, { recursive: true });
    });
});
