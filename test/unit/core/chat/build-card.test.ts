import { buildCard } from '../../../../nodes/core/chat/build-card';
import type { Card } from '../../../../nodes/core/chat/card';

import { textsOf } from '../../../../nodes/core/chat/texts';
import type { Language } from '../../../../nodes/core/chat/texts-shape';

import type { ApprovalTerms } from '../../../../nodes/core/model/approval';

import { STAGES } from '../../../../nodes/core/model/stage';
import type { UnseenTask } from '../../../../nodes/core/model/unseen';
import { withTerms } from '../../../support/approvals';
import { aWaitingIncident, DIAGNOSIS, NOW, RUN } from '../../../support/cards';
import { anIncident } from '../../../support/incidents';

function textOf(card: Card): string {
    return [
        card.title,
        card.summary,
        ...card.fields.map(({ label, value }) => `${label}: ${value}`),
        ...card.sections.flatMap(({ title, body, items, code }) => [title, body, ...(items ?? []), code]),
        ...card.footnotes,
    ].join('\n');
}

describe('the card of an incident that waits', () => {
    const incident = aWaitingIncident();
    const card = buildCard(incident, 'en-US', NOW, 'https://x/alert-to-fix/#/i');
    const text = textOf(card);

    test.each([
        ['what fires and since when', 'since 2026-01-01 00:00 UTC (for 12 min)'],
        ['the cause with its confidence', 'Old logs fill the disk.\nConfidence 83 %'],
        [
            'cited evidence: the number with its query',
            'E2 Free space: 3.142 % (query: node_filesystem_avail_bytes{host="web-1"})',
        ],
        ['what the runbook tells the approver', 'Before you approve: Removes files for good.'],
        ['the playbook', 'Playbook: playbooks/free.yml'],
        ['the hosts', 'Hosts: web-1'],
        ['the parameters', 'Parameter path = "/var/log"'],
        ['the diff', '--- before\n+++ after\n-old.log'],
        ['what the dry run counted, each task once', 'web-1: 1 to change, 1 fine, 3 skipped, 0 failed, 0 unreachable'],
        ['the risk', 'Risk: medium'],
        ['the rollback', 'playbooks/undo.yml'],
        ['who may approve', 'May approve: slack:T1/U1, page:alice'],
        ['until when', 'until 2026-01-01 00:32 UTC (in 20 min)'],
        ['the beginning of the seal', `Seal ${incident.seal?.digest.slice(0, 8)}`],
        ['that a model wrote it', 'AI-generated (gpt-5): check before approving.'],
    ])('says %s', (_what, expected) => {
        expect(text).toContain(expected);
    });

    test.each([
        [0.93333, '93.3%'],
        [1, '100%'],
        [0.000412, '0.0412%'],
        [0, '0%'],
    ])('reads the ratio %d as %s', (value, expected) => {
        const evidence = DIAGNOSIS.evidence.map((one) => (one.id === 'E2' ? { ...one, value, unit: 'ratio' } : one));
        const shown = textOf(buildCard(aWaitingIncident({ diagnosis: { ...DIAGNOSIS, evidence } }), 'en-US', NOW));
        expect(shown).toContain(`E2 Free space: ${expected} (query`);
    });

    test('does not show evidence that nobody cited', () => {
        expect(text).not.toContain('E1');
    });

    test('asks for a decision on exactly its seal', () => {
        expect(card.decision).toMatchObject({ seal: incident.seal?.digest, approvers: ['slack:T1/U1', 'page:alice'] });
    });

    test('is the same for the same incident and moment', () => {
        expect(buildCard(incident, 'en-US', NOW, 'https://x/alert-to-fix/#/i')).toEqual(card);
    });
});

test('the card says who asked for the fix, and which accounts are one person', () => {
    const incident = aWaitingIncident();
    const asking = (terms: Partial<ApprovalTerms>): string =>
        textOf(buildCard(withTerms(structuredClone(incident), terms), 'en-US', NOW));
    const requestedBy = { platform: 'page', id: 'alice' } as const;
    expect(asking({ requestedBy })).toContain('Asked for by page:alice, who does not approve it');
    expect(asking({ requestedBy, requesterMayApprove: true })).toMatch(/Asked for by page:alice$/m);
    expect(asking({ people: { alice: ['page:alice', 'slack:T1/U1'], bob: ['page:bob'] } })).toMatch(
        /Counts as one person, alice: page:alice, slack:T1\/U1$(?![^]*bob)/m,
    );
    expect(asking({})).not.toMatch(/Asked for|one person/);
});

test('an alert that came without a name is called by its summary, else by its first labels', () => {
    const [alert] = anIncident().alerts;
    const titleOf = (annotations: Record<string, string>): string =>
        buildCard(
            anIncident({ labels: {}, alerts: [{ ...alert!, labels: { instance: 'web-1', zone: 'a' }, annotations }] }),
            'en-US',
            NOW,
        ).title;
    expect(titleOf({ summary: 'The disk fills' })).toBe('The disk fills on web-1');
    expect(titleOf({})).toBe('instance=web-1, zone=a on web-1');
});

describe('a decision is possible only while one is waited for', () => {
    test.each(STAGES.filter((stage) => stage !== 'waiting'))('not at stage %s', (stage) => {
        for (const language of ['en-US', 'zh-CN'] as const) {
            expect(buildCard(aWaitingIncident({ stage }), language, NOW).decision).toBeUndefined();
        }
    });

    test('not when its time is over', () => {
        expect(buildCard(aWaitingIncident(), 'en-US', new Date('2026-01-01T00:32:00.000Z')).decision).toBeUndefined();
    });

    test('not when it was withdrawn', () => {
        const incident = aWaitingIncident();
        const approval = { ...incident.approval!, state: 'withdrawn' as const };
        expect(buildCard({ ...incident, approval }, 'en-US', NOW).decision).toBeUndefined();
    });
});

test('the rule engine is named, with the reason when a model should have answered', () => {
    const rules = (fallback?: string): string =>
        textOf(
            buildCard(
                anIncident({
                    diagnosis: {
                        ...DIAGNOSIS,
                        source: { by: 'rules', milliseconds: 1, ...(fallback ? { fallback } : {}) },
                    },
                }),
                'en-US',
                NOW,
            ),
        );
    expect(rules()).toContain('Diagnosis by the rule engine.');
    expect(rules('the model did not answer in 20 s')).toContain(
        'Diagnosis by the rule engine: the model did not answer in 20 s',
    );
    expect(rules()).not.toContain('AI-generated');
});

test('a run shows its progress, its result and its verification', () => {
    const running = aWaitingIncident({ stage: 'running', run: { ...RUN, state: 'started' } });
    expect(textOf(buildCard(running, 'en-US', NOW))).toContain('Running since 2026-01-01 00:12 UTC.');
    const closed = aWaitingIncident({
        stage: 'closed',
        run: RUN,
        resolvedAt: NOW.toISOString(),
        verification: { result: 'cleared', reason: 'It cleared.', at: NOW.toISOString(), afterSeconds: 42 },
    });
    const card = buildCard(closed, 'en-US', NOW);
    expect(card.tone).toBe('good');
    expect(textOf(card)).toContain('Succeeded in 1 min 5 s.');
    expect(textOf(card)).toContain('The alert cleared because of the run.');
    expect(textOf(card)).toContain('Cleared 42 s after the run.');
});

test('a refused incident says why, and who decided', () => {
    const incident = aWaitingIncident();
    const decision = {
        incidentId: incident.id,
        seal: 's',
        verdict: 'reject' as const,
        by: { platform: 'slack' as const, id: 'T1/U1', name: 'Ann' },
        at: NOW.toISOString(),
        reason: 'not now',
        keyId: 'k',
        signature: 's',
    };
    const text = textOf(
        buildCard(
            {
                ...incident,
                stage: 'refused',
                reason: 'Rejected by Ann.',
                approval: { ...incident.approval!, state: 'rejected', decisions: [decision] },
            },
            'en-US',
            NOW,
        ),
    );
    expect(text).toContain('Why it stopped\nRejected by Ann.');
    expect(text).toContain('Rejected by Ann (slack:T1/U1) at 2026-01-01 00:12 UTC: not now');
});

test('similar incidents come with the outcome of their fix', () => {
    const similar = [
        {
            incidentId: 'inc-0ld00000',
            alertname: 'DiskFilling',
            cause: 'Logs',
            action: { runbook: 'disk', action: 'free', parameters: {} },
            outcome: 'cleared' as const,
            at: '2025-12-29T00:12:00.000Z',
            score: 1,
        },
    ];
    expect(textOf(buildCard(anIncident({ similar }), 'en-US', NOW))).toContain(
        'inc-0ld00000, 3 d ago: Logs — free: the alert cleared',
    );
});

test('invisible characters are gone from text and spelt out in a diff', () => {
    const incident = aWaitingIncident({ labels: { alertname: 'Disk\u202eFilling\u200b', host: 'web-1' } });
    incident.plan!.dryRun.tasks[0]!.diff = '+rm \u202e/';
    const card = buildCard(incident, 'en-US', NOW);
    expect(card.title).toBe('DiskFilling on web-1');
    expect(textOf(card)).toContain('+rm [U+202E]/');
    expect(textOf(card)).not.toMatch(/[\u202e\u200b]/);
});

test('the Chinese card has no English sentence left', () => {
    const card = buildCard(aWaitingIncident(), 'zh-CN', NOW);
    expect(card.sections.map(({ title }) => title)).toEqual([
        '告警',
        '可能原因',
        '证据',
        '修复：Free disk space',
        '试运行：将发生的变更',
        '审批',
    ]);
    expect(card.decision?.approve).toBe('批准');
});

test('what gave no result in the dry run is named with what must fail, or hold, before it runs', () => {
    const incident = aWaitingIncident();
    const plan = incident.plan;
    if (!plan) throw new Error('no plan');
    const hosts = plan.hosts;
    const unseen: UnseenTask[] = [
        { why: 'waits', task: 'Settle', hosts, action: 'pause', arguments: '90 s' },
        { why: 'may-run', task: 'Told', hosts, action: 'command', arguments: 'rm x', isHandler: true },
        { why: 'may-run', task: 'Delete', hosts, action: 'file', conditions: ['a', 'b'], ifFails: 'Reload' },
        { why: 'unread', task: 'More', hosts, action: 'include_tasks', arguments: '{{ which }}.yml' },
        { why: 'differs', task: 'Stop', hosts, action: 'command', arguments: 'kill {{ x }}' },
    ];
    const lines = (language: Language): string[] | undefined =>
        buildCard({ ...incident, plan: { ...plan, dryRun: { ...plan.dryRun, unseen } } }, language, NOW).sections.find(
            ({ title }) => title === textsOf(language).unseen.section,
        )?.items;
    expect(lines('en-US')).toEqual([
        'Does something else than in the dry run: Stop (command: kill {{ x }})',
        'Runs tasks that cannot be read before the run: More (include_tasks: {{ which }}.yml)',
        'May run, depending on what runs before it: Told (command: rm x); when something notifies it',
        'May run, depending on what runs before it: Delete (file); only if this fails: Reload; when: a · b',
        'Waits, which a dry run does not: Settle (pause: 90 s)',
    ]);
    expect(lines('zh-CN')?.[3]).toBe(
        '可能执行，取决于之前任务的结果：Delete (file)；仅在以下任务失败时执行：Reload；条件：a · b',
    );
});

test('what the dry run cannot show is named before anybody decides, what surely runs first', () => {
    const incident = aWaitingIncident();
    const plan = incident.plan;
    if (!plan) throw new Error('no plan');
    const dryRun = {
        ...plan.dryRun,
        unseen: [
            { why: 'no-diff' as const, task: 'Secret', hosts: ['web-1'] },
            {
                why: 'left-out' as const,
                task: 'Clean',
                hosts: ['web-1'],
                action: 'shell',
                command: 'rm -f a\nrm -f \u202eb',
                handlers: ['restart nginx'],
            },
            { why: 'may-run' as const, task: 'Later', hosts: ['web-1'], action: 'copy' },
        ],
        preview: { digest: 'd'.repeat(64), characters: 9, lines: 4_711, redacted: 3, cut: true as const },
    };
    const made = buildCard({ ...incident, plan: { ...plan, hosts: ['web-1', 'web-2'], dryRun } }, 'en-US', NOW);
    const section = made.sections.find(({ title }) => title === 'What the dry run cannot show');
    expect(section).toMatchObject({ essential: true });
    expect(section?.items).toEqual([
        'Runs without preview: Clean (shell: rm -f a ⏎ rm -f [U+202E]b), on web-1; may set off: restart nginx',
        'May run, depending on what runs before it: Later (copy), on web-1',
        'Changes something, without a diff: Secret, on web-1',
    ]);
    expect(textOf(made)).toContain('3 × [redacted]: secrets are not shown.');
    expect(textOf(made)).toContain('All 4711 lines are on the incident page.');
    expect(textOf(buildCard(aWaitingIncident(), 'en-US', NOW))).not.toContain('What the dry run cannot show');
});
