// @needs prometheus
// @needs ansible-playbook
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import type { Runbook } from '../../nodes/core/model/runbook';
import { parseRunbook } from '../../nodes/core/runbook/parse';
import { lintPlaybook } from '../../nodes/core/runbook/playbook-lint';
import { fillQuery } from '../../nodes/core/runbook/promql';
import { starterLibrary } from '../support/ansible-playbook';

const inLibrary = (...names: string[]): string => path.join(starterLibrary, ...names);
const read = (file: string): string => fs.readFileSync(inLibrary(file), 'utf8');
const listed = (folder: string): string[] =>
    fs
        .readdirSync(inLibrary(folder))
        .filter((name) => /\.ya?ml$/.test(name))
        .map((name) => `${folder}/${name}`);

const runbookFiles = listed('runbooks');
const playbooks = listed('playbooks');
const taskFiles = listed('playbooks/tasks');

function runbook(file: string): Runbook {
    const parsed = parseRunbook(read(file), inLibrary(file));
    if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems, null, 2));
    return parsed.runbook;
}

/** Every task of a playbook or task file, those in blocks included. */
function tasksOf(file: string): Record<string, unknown>[] {
    const isRecord = (value: unknown): value is Record<string, unknown> =>
        typeof value === 'object' && value !== null && !Array.isArray(value);
    const inside = (list: unknown): Record<string, unknown>[] =>
        (Array.isArray(list) ? list : []).filter(isRecord).flatMap((task) => {
            const nested = ['tasks', 'pre_tasks', 'post_tasks', 'handlers', 'block', 'rescue', 'always'].flatMap(
                (key) => inside(task[key]),
            );
            return 'hosts' in task || 'block' in task ? nested : [task];
        });
    return inside(parse(read(file)));
}

test('there are at least eight runbooks', () => {
    expect(runbookFiles.length).toBeGreaterThanOrEqual(8);
});

describe.each(runbookFiles)('%s', (file) => {
    test('is a good runbook file with knowledge, checks, causes and a fix', () => {
        const { knowledge, checks, causes, actions } = runbook(file);
        expect(knowledge.length).toBeGreaterThan(300);
        for (const part of [checks, causes, actions]) expect(part.length).toBeGreaterThan(0);
    });

    test('names playbooks that are there, and strings that are limited', () => {
        for (const action of runbook(file).actions) {
            for (const { playbook } of [action, ...(action.rollback ? [action.rollback] : [])])
                expect(playbooks).toContain(playbook);
            for (const parameter of Object.values(action.parameters).filter(({ type }) => type === 'string')) {
                expect(parameter.enum ?? parameter.pattern).toBeDefined();
                expect(parameter.maxLength).toBeLessThanOrEqual(200);
            }
        }
    });

    test('asks PromQL that Prometheus accepts, whatever the labels hold', () => {
        const labels = Object.fromEntries(
            ['instance', 'name', 'mountpoint', 'path', 'groupname', 'service', 'job', 'batch_job', 'config'].map(
                (name) => [name, '"} or vector(1) #\\'],
            ),
        );
        const { checks, actions } = runbook(file);
        const queries = [...checks.map(({ query }) => query), ...actions.flatMap(({ verify }) => verify.check ?? [])];
        const rules = {
            groups: [
                {
                    name: 'queries',
                    rules: queries.map((query, index) => ({
                        record: `query_${index}`,
                        expr: fillQuery(query, labels),
                    })),
                },
            ],
        };
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'starter-promql-'));
        fs.writeFileSync(path.join(folder, 'rules.json'), JSON.stringify(rules));
        const promtool = spawnSync('promtool', ['check', 'rules', path.join(folder, 'rules.json')], {
            encoding: 'utf8',
        });
        fs.rmSync(folder, { recursive: true });
        expect(promtool.stderr).toBe('');
        expect(promtool.stdout).toContain(`SUCCESS: ${queries.length} rules found`);
    });
});

const KEYWORDS = new Set([
    'name',
    'when',
    'register',
    'loop',
    'loop_control',
    'vars',
    'changed_when',
    'failed_when',
    'check_mode',
    'diff',
    'no_log',
    'until',
    'retries',
    'delay',
]);
const NEVER = ['shell', 'raw', 'script', 'expect'].map((name) => `ansible.builtin.${name}`);

describe.each([...playbooks, ...taskFiles])('%s', (file) => {
    test('uses only modules of Ansible itself, and no shell', () => {
        for (const task of tasksOf(file)) {
            const modules = Object.keys(task).filter((key) => !KEYWORDS.has(key));
            expect(modules).toHaveLength(1);
            expect(modules[0]).toMatch(/^ansible\.builtin\.[a-z_]+$/);
            expect(NEVER).not.toContain(modules[0]);
        }
    });

    test('gives each command as an argument list and says when it changed something', () => {
        for (const task of tasksOf(file)) {
            if (!('ansible.builtin.command' in task)) continue;
            expect(Object.keys(task['ansible.builtin.command'] as object)).toEqual(['argv']);
            expect(task).toHaveProperty('changed_when');
        }
    });

    test('names every task for the card', () => {
        for (const task of tasksOf(file)) expect(task.name).toMatch(/^[A-Z].{5,}/);
    });

    test('passes the lint of the runbook library', () => {
        const names = runbookFiles.flatMap((name) =>
            runbook(name).actions.flatMap(({ parameters }) => Object.keys(parameters)),
        );
        expect(lintPlaybook(read(file), names)).toEqual([]);
    });
});

test('every playbook belongs to a runbook', () => {
    const used = runbookFiles.flatMap((file) =>
        runbook(file).actions.flatMap((action) => [action.playbook, action.rollback?.playbook]),
    );
    expect(playbooks.filter((playbook) => !used.includes(playbook))).toEqual([]);
});

test('the shipped inventory touches no machine but this one, and the shipped catalogues start nothing', () => {
    const hosts = read('inventory.ini')
        .split('\n')
        .filter((line) => /^\w/.test(line))
        .map((line) => line.split(' ')[0]);
    expect(hosts).toEqual(['localhost']);
    expect(parse(read('group_vars/all.yml'))).toMatchObject({
        service_catalogue: {},
        job_catalogue: {},
        certificate_catalogue: {},
        config_catalogue: {},
    });
});
