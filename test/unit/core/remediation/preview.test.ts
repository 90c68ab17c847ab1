import type { TaskResult, Unseen } from '../../../../nodes/core/model/run';
import { unseenTasks } from '../../../../nodes/core/model/unseen';
import { keptPreview, MAX_PREVIEW, previewOf } from '../../../../nodes/core/remediation/preview';
import { sha256 } from '../../../../nodes/core/text/json';
import { aPlan } from '../../../support/approvals';
import { anIncident } from '../../../support/incidents';
import { temporarySqlite } from '../../../support/stores';

function task(parts: Partial<TaskResult>): TaskResult {
    return { host: 'web-1', task: 'Do', status: 'changed', ...parts };
}

const COMMAND: Unseen = { why: 'left-out', action: 'shell', command: 'rm -f x', handlers: ['restart nginx'] };
const CONDITION: Unseen = { why: 'condition', action: 'copy', handlers: [] };

describe('a preview', () => {
    test('has the whole diff of each change and what could not be shown, not what does nothing', () => {
        const { text, preview } = previewOf([
            task({ task: 'Fine', status: 'ok' }),
            task({ task: 'Write', diff: '+a … [cut]', wholeDiff: '+a\n+b\n+token=[redacted]\n' }),
            task({ task: 'Clean', status: 'skipped', unseen: COMMAND }),
        ]);
        expect(text).toBe(
            '# changed web-1: Write\n+a\n+b\n+token=[redacted]\n# RUNS WITHOUT PREVIEW web-1: Clean (shell)\nrm -f x\nmay also run: restart nginx\n',
        );
        expect(preview).toEqual({ digest: sha256(text), characters: text.length, lines: 7, redacted: 1, cut: true });
    });

    test('spells out characters that would reorder or hide what it says', () => {
        expect(previewOf([task({ diff: '+a\u202eb' })]).text).toContain('+a[U+202E]b');
    });

    test.each([
        ['one diff that was too long to keep', [task({ diff: '+', tooLong: true })]],
        ['many diffs', Array.from({ length: 6 }, () => task({ diff: '+', wholeDiff: 'x'.repeat(MAX_PREVIEW / 5) }))],
    ])('of %s is refused, for nobody could read it', (_what, tasks) => {
        expect(() => previewOf(tasks)).toThrow(expect.objectContaining({ code: 'TOO_LARGE' }));
    });

    test('is given out only while it is the one that was sealed', async () => {
        const opened = await temporarySqlite();
        const { text, preview } = previewOf([task({ diff: '+a' })]);
        const bare = anIncident();
        const incident = {
            ...bare,
            plan: aPlan(bare, { dryRun: { tasks: [], hosts: {}, digest: '', at: '', preview } }),
        };
        await expect(keptPreview(opened.store.previews, incident)).rejects.toMatchObject({ code: 'PLAN_CHANGED' });
        await opened.store.previews.keep(incident.id, incident.plan.nonce, text);
        await expect(keptPreview(opened.store.previews, incident)).resolves.toBe(text);
        await expect(
            keptPreview(opened.store.previews, {
                ...incident,
                plan: {
                    ...incident.plan,
                    dryRun: { ...incident.plan.dryRun, preview: { ...preview, digest: 'f'.repeat(64) } },
                },
            }),
        ).rejects.toMatchObject({ code: 'PLAN_CHANGED' });
        await expect(
            keptPreview(opened.store.previews, { ...incident, plan: aPlan(incident) }),
        ).resolves.toBeUndefined();
        await opened.close();
    });
});

describe('what a dry run cannot show', () => {
    test('is listed once for all hosts, in the order of the playbook', () => {
        const found = unseenTasks(
            ['web-1', 'web-2'].flatMap((host) => [
                task({ host, task: 'Clean', status: 'skipped', unseen: COMMAND }),
                task({ host, task: 'Restart', status: 'changed' }),
                task({
                    host,
                    task: 'Look',
                    status: 'ok',
                    unseen: { why: 'ran', action: 'command', command: 'df', handlers: [] },
                }),
            ]),
        );
        expect(found).toEqual([
            {
                why: 'left-out',
                task: 'Clean',
                hosts: ['web-1', 'web-2'],
                action: 'shell',
                command: 'rm -f x',
                handlers: ['restart nginx'],
            },
            { why: 'no-diff', task: 'Restart', hosts: ['web-1', 'web-2'] },
            { why: 'ran', task: 'Look', hosts: ['web-1', 'web-2'], action: 'command', command: 'df' },
        ]);
    });

    test('a false condition counts once something before it on the same host would change the host', () => {
        const conditional = (host: string, name: string): TaskResult =>
            task({ host, task: name, status: 'skipped', unseen: CONDITION });
        const found = unseenTasks([
            conditional('web-1', 'before'),
            task({ diff: '+a' }),
            conditional('web-1', 'behind'),
            conditional('web-2', 'elsewhere'),
        ]);
        expect(found).toEqual([{ why: 'may-run', task: 'behind', hosts: ['web-1'], action: 'copy' }]);
    });

    test('a diff that Ansible left out is no diff', () => {
        expect(unseenTasks([task({ diff: 'diff skipped: source file appears to be binary\n' })])).toMatchObject([
            { why: 'no-diff' },
        ]);
        expect(unseenTasks([task({ diff: '+diff skipped: no\n' })])).toEqual([]);
    });

    test('a long command is clipped in the plan and whole in the preview', () => {
        const command = 'x'.repeat(9_000);
        const tasks = [task({ status: 'skipped', unseen: { ...COMMAND, command } })];
        expect(unseenTasks(tasks)[0]?.command?.length).toBeLessThan(600);
        expect(previewOf(tasks).text).toContain(command);
    });
});
