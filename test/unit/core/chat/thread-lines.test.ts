import { textsOf } from '../../../../nodes/core/chat/texts';
import { threadLines } from '../../../../nodes/core/chat/thread-lines';
import { chain, type NewTimelineEntry } from '../../../../nodes/core/model/timeline';

function lines(entries: Omit<NewTimelineEntry, 'by'>[], language: 'en-US' | 'zh-CN' = 'en-US'): string[] {
    const written = chain(
        'inc-00000000',
        { seq: 0, hash: '' },
        '2026-01-01T00:00:00.000Z',
        entries.map((entry) => ({ by: 'node:x', ...entry })),
    );
    return threadLines(written, textsOf(language));
}

test('progress, result and verification are told, housekeeping is not', () => {
    expect(
        lines([
            { type: 'flow.sent', text: 'sent' },
            { type: 'run.started', text: 'on web-1' },
            { type: 'card.updated', text: 'card' },
            { type: 'verification.made', text: 'cleared' },
        ]),
    ).toEqual(['Run started: on web-1', 'Verification: cleared']);
    expect(lines([{ type: 'run.started', text: 'x' }], 'zh-CN')).toEqual(['开始执行：x']);
});

test('tasks that did nothing are left out', () => {
    const task = (status: string): Omit<NewTimelineEntry, 'by'> => ({
        type: 'run.task',
        text: status,
        data: { status },
    });
    expect(lines(['ok', 'skipped', 'changed', 'failed'].map(task))).toEqual(['Task: changed', 'Task: failed']);
});

test('of many lines the newest are told, and how many are missing', () => {
    const told = lines(Array.from({ length: 40 }, (_, index) => ({ type: 'run.task', text: `task ${index}` })));
    expect(told).toHaveLength(16);
    expect(told[0]).toBe('… and 25 more');
    expect(told.at(-1)).toBe('Task: task 39');
});

test('a line is one short line without invisible characters', () => {
    expect(lines([{ type: 'run.ended', text: 'a\nb\u202ec' }])).toEqual(['Run ended: a bc']);
    expect(lines([{ type: 'run.ended', text: 'x'.repeat(5_000) }])[0]).toHaveLength('Run ended: '.length + 300);
});
