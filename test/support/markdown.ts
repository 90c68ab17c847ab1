import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** A link or an image of a Markdown text. */
export interface Link {
    /** Counted from 1. */
    line: number;
    target: string;
}

const LINK = /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g;
const REFERENCE = /^\s*\[[^\]]+\]:\s*<?([^\s>]+)>?/;
const HEADING = /^(#{1,6})\s+(.*?)\s*#*\s*$/;
const FENCE = /^\s*(?:```|~~~)/;

/** The lines with those of fenced code blocks empty, so that line numbers stay. */
function withoutCode(text: string): string[] {
    let isCode = false;
    return text.split('\n').map((line) => {
        if (!FENCE.test(line)) return isCode ? '' : line;
        isCode = !isCode;
        return '';
    });
}

export function linksOf(text: string): Link[] {
    return withoutCode(text).flatMap((line, index) => {
        const prose = line.replace(/`[^`]*`/g, '');
        const targets = [...prose.matchAll(LINK)].map(([, target = '']) => target);
        const [, reference] = REFERENCE.exec(prose) ?? [];
        if (reference !== undefined) targets.push(reference);
        return targets.map((target) => ({ line: index + 1, target }));
    });
}

/** Levels and texts of the headings, in order. */
export function headingsOf(text: string): { level: number; text: string }[] {
    return withoutCode(text).flatMap((line) => {
        const [, marks, title] = HEADING.exec(line) ?? [];
        return marks === undefined || title === undefined ? [] : [{ level: marks.length, text: title }];
    });
}

/** The ids that GitHub gives the headings. */
export function anchorsOf(text: string): Set<string> {
    const anchors = new Set<string>();
    for (const heading of headingsOf(text)) {
        const slug = slugOf(heading.text);
        let anchor = slug;
        for (let more = 1; anchors.has(anchor); more += 1) anchor = `${slug}-${more}`;
        anchors.add(anchor);
    }
    return anchors;
}

function slugOf(heading: string): string {
    return heading
        .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
        .toLowerCase()
        .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
        .replaceAll(' ', '-');
}

/** The project's documents, relative to `root`: those beside the README, of `.github` and of `docs` with its folders. */
export function documentsOf(root: string): string[] {
    const inFolder = (folder: string, recursive: boolean): string[] =>
        existsSync(path.join(root, folder))
            ? readdirSync(path.join(root, folder), { recursive, encoding: 'utf8' }).map((name) =>
                  path.join(folder, name),
              )
            : [];
    return [...inFolder('', false), ...inFolder('docs', true), ...inFolder('.github', true)]
        .filter((name) => name.endsWith('.md'))
        .sort();
}

/** Relative links of the document that lead to nothing, as `file:line target: what is missing`. */
export function deadLinks(root: string, document: string): string[] {
    return linksOf(readFileSync(path.join(root, document), 'utf8')).flatMap(({ line, target }) => {
        const missing = whatIsMissing(root, document, target);
        return missing === undefined ? [] : [`${document}:${line} ${target}: ${missing}`];
    });
}

function whatIsMissing(root: string, document: string, target: string): string | undefined {
    const file = targetFile(document, target);
    if (file === undefined) return undefined;
    if (file.startsWith('..')) return 'outside of the repository';
    const absolute = path.join(root, file);
    if (!existsSync(absolute)) return 'no such file';
    const anchor = decodeURIComponent(target.split('#')[1] ?? '');
    if (anchor === '') return undefined;
    if (statSync(absolute).isDirectory() || !file.endsWith('.md')) return 'an anchor in something that has no headings';
    return anchorsOf(readFileSync(absolute, 'utf8')).has(anchor) ? undefined : 'no such heading';
}

/** The file that a link leads to, relative to the root; undefined for another web site. */
export function targetFile(document: string, target: string): string | undefined {
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return undefined;
    const [file = ''] = target.split('#');
    return file === '' ? document : path.normalize(path.join(path.dirname(document), decodeURIComponent(file)));
}
