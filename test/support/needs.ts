import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Programs that a test starts when it uses one of these support modules, or says the words. */
const SIGNS: readonly [sign: RegExp, program: string][] = [
    [/['"`]redis-server['"`]/, 'redis-server'],
    [/(?:start\(|command: )'prometheus-alertmanager'/, 'prometheus-alertmanager'],
    [/(?:start\(|command: )'prometheus'/, 'prometheus'],
    [/new AnsibleExecutor\(|['"`]ansible-playbook['"`]/, 'ansible-playbook'],
    [/chromium\.launch|playwright-core/, 'chromium'],
    [/['"`]openssl['"`]/, 'openssl'],
    [/['"`]promtool['"`]/, 'prometheus'],
    [/\bgo build\b/, 'go'],
    [/['"`]flock['"`]/, 'flock'],
];
const IMPORT = /from\s+'(\.[^']+)'/g;
/** What is gone when the program runs. */
const TYPES = /^import type [^;]*;/gm;

/** Programs that a test file needs, judged by its own text and by the support modules it imports. */
export function programsNeeded(file: string, seen = new Set<string>()): Set<string> {
    const needed = new Set<string>();
    if (seen.has(file) || file === __filename) return needed;
    seen.add(file);
    const source = readFileSync(file, 'utf8');
    for (const [sign, program] of SIGNS) if (sign.test(source)) needed.add(program);
    for (const [, target = ''] of source.replace(TYPES, '').matchAll(IMPORT)) {
        const imported = path.resolve(path.dirname(file), `${target}.ts`);
        if (!imported.includes(`${path.sep}test${path.sep}`) || !existsSync(imported)) continue;
        for (const program of programsNeeded(imported, seen)) needed.add(program);
    }
    return needed;
}

/** Programs that a test file says it needs, as `@needs <program>`. */
export function programsNamed(file: string): Set<string> {
    return new Set([...readFileSync(file, 'utf8').matchAll(/@needs ([\w-]+)/g)].map(([, program = '']) => program));
}

/** Every test file below a folder. */
export function testFiles(folder: string): string[] {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.test.ts'))
        .map((name) => path.join(folder, name));
}
