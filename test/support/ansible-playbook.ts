import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** The starter library as it stands in the source tree. */
export const starterLibrary = path.resolve(__dirname, '../../nodes/runbook-library/starter');

/** What an `ansible-playbook` call did to localhost, from its recap. */
export interface PlaybookResult {
    exitCode: number | null;
    changed: number;
    failed: number;
    /** Names of the tasks that changed something, or would. */
    changedTasks: string[];
    /** All that was printed, diffs included. */
    output: string;
}

/** A YAML double-quoted scalar that no parser can misread: all but printable ASCII is escaped. */
function unsafeScalar(value: string | number | boolean): string {
    if (typeof value !== 'string') return String(value);
    const escaped = [...value].map((character) => {
        const code = character.codePointAt(0) ?? 0;
        if (character === '"' || character === '\\') return `\\${character}`;
        return code >= 0x20 && code < 0x7f ? character : `\\U${code.toString(16).padStart(8, '0')}`;
    });
    return `!unsafe "${escaped.join('')}"`;
}

/** A temp folder with an inventory of localhost and the given group variables; the trusted side of a test. */
export function trustedFolder(groupVariables: Record<string, unknown>): string {
    const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'starter-'));
    fs.mkdirSync(path.join(folder, 'inventory/group_vars'), { recursive: true });
    fs.copyFileSync(path.join(starterLibrary, 'inventory.ini'), path.join(folder, 'inventory/hosts.ini'));
    setGroupVariables(folder, groupVariables);
    return folder;
}

/** Replaces the group variables of a {@link trustedFolder}. */
export function setGroupVariables(folder: string, groupVariables: Record<string, unknown>): void {
    fs.writeFileSync(path.join(folder, 'inventory/group_vars/all.json'), JSON.stringify(groupVariables));
}

/** Runs a playbook of the starter library on localhost, parameters tagged `!unsafe` as the executor does. */
export async function runPlaybook(
    folder: string,
    playbook: string,
    parameters: Record<string, string | number | boolean>,
    mode: 'check' | 'run' = 'run',
    library = starterLibrary,
): Promise<PlaybookResult> {
    const variables = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'starter-run-')), 'variables.yml');
    fs.writeFileSync(
        variables,
        Object.entries(parameters)
            .map(([name, value]) => `${name}: ${unsafeScalar(value)}\n`)
            .join(''),
    );
    const args = [
        '-i',
        path.join(folder, 'inventory/hosts.ini'),
        '--limit',
        'localhost',
        '-e',
        `@${variables}`,
        '--diff',
    ];
    if (mode === 'check') args.push('--check');
    const program = process.env.ANSIBLE_PLAYBOOK ?? 'ansible-playbook';
    const child = spawn(program, [...args, path.join(library, 'playbooks', playbook)], {
        cwd: library,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
            PATH: process.env.PATH,
            HOME: os.homedir(),
            LC_ALL: 'C.UTF-8',
            ANSIBLE_NOCOLOR: '1',
            ANSIBLE_CONFIG: path.join(library, 'ansible.cfg'),
        },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const exitCode = await new Promise<number | null>((resolve, reject) =>
        child.on('error', reject).on('close', resolve),
    );
    fs.rmSync(path.dirname(variables), { recursive: true });
    return { exitCode, output, ...recap(output) };
}

function recap(output: string): Pick<PlaybookResult, 'changed' | 'failed' | 'changedTasks'> {
    const stats = /^localhost +: ok=\d+ +changed=(\d+) +unreachable=\d+ +failed=(\d+)/m.exec(output);
    if (stats === null) throw new Error(`ansible-playbook printed no recap:\n${output}`);
    const tasks = output.split(/^(?=TASK \[|RUNNING HANDLER \[|PLAY RECAP)/m);
    const changedTasks = tasks
        .filter((task) => /^changed: \[/m.test(task))
        .map((task) => /\[(.*)\] \**$/m.exec(task)?.[1] ?? task);
    return { changed: Number(stats[1]), failed: Number(stats[2]), changedTasks };
}

/**
 * Name, kind, mode, times and content digest of all that is below a folder, and below the starter library, where a
 * smuggled `touch owned` would leave its file. Two equal snapshots: nothing was touched.
 */
export function snapshot(folder: string): string[] {
    return [folder, starterLibrary].flatMap((root) =>
        fs
            .readdirSync(root, { recursive: true, encoding: 'utf8' })
            .sort()
            .map((name) => fingerprint(path.join(root, name))),
    );
}

function fingerprint(file: string): string {
    const stat = fs.lstatSync(file);
    const digest = stat.isFile() ? createHash('sha256').update(fs.readFileSync(file)).digest('hex') : '';
    return `${file} ${stat.mode.toString(8)} ${stat.mtimeMs} ${stat.size} ${digest}`;
}
