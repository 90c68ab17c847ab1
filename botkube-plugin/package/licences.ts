import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './workspace';

const RULE = '='.repeat(100);

function section(title: string, text: string): string {
    return `${RULE}\n${title}\n${RULE}\n${text.trim()}\n`;
}

function ofNpmPackage(folder: string): string {
    const absolute = path.join(ROOT, folder);
    const { name, version, license } = JSON.parse(readFileSync(path.join(absolute, 'package.json'), 'utf8')) as Record<
        string,
        string
    >;
    const files = readdirSync(absolute)
        .filter((file) => /^(?:licen[cs]e|copying|notice)/i.test(file))
        .sort();
    const texts = files.map((file) => readFileSync(path.join(absolute, file), 'utf8'));
    return section(`${name} ${version} (${license})`, texts.join('\n') || `Licence: ${license}`);
}

/** The licences of all that one platform's release holds: own code, npm packages, Node.js, Debian's libraries. */
export function licences(npmPackages: readonly string[], node: string, debian: string): string {
    const ofDebian = path.join(debian, 'licences');
    return [
        section('alert-to-fix', readFileSync(path.join(ROOT, 'LICENSE'), 'utf8')),
        ...npmPackages.map(ofNpmPackage),
        section('Node.js', readFileSync(path.join(node, 'LICENSE'), 'utf8')),
        ...readdirSync(ofDebian)
            .sort()
            .map((file) => section(`Debian: ${file}`, readFileSync(path.join(ofDebian, file), 'utf8'))),
    ].join('\n');
}
