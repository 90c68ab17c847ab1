import { chain, firstBrokenLink } from '../../../../nodes/core/model/timeline';

const entries = chain('inc-1', { seq: 0, hash: '' }, '2026-01-01T00:00:00.000Z', [
    { type: 'incident.opened', by: 'node:alert-in', text: 'opened' },
    { type: 'diagnosis.made', by: 'node:llm-diagnose', text: 'disk full', data: { confidence: 0.9 } },
    { type: 'approval.granted', by: { platform: 'slack', id: 'T1/U1' }, text: 'approved' },
]);

test('a chain as it was written is whole', () => {
    expect(firstBrokenLink('inc-1', entries)).toBeUndefined();
});

test('a chain continues after stored entries', () => {
    const head = entries[2]!;
    const more = chain('inc-1', { seq: head.seq, hash: head.hash }, '2026-01-01T00:01:00.000Z', [
        { type: 'run.started', by: 'node:ansible-exec', text: 'started' },
    ]);
    expect(firstBrokenLink('inc-1', [...entries, ...more])).toBeUndefined();
});

test.each([
    ['an altered text', entries.map((entry) => (entry.seq === 2 ? { ...entry, text: 'all well' } : entry)), 2],
    ['altered data', entries.map((entry) => (entry.seq === 2 ? { ...entry, data: { confidence: 1 } } : entry)), 2],
    ['another author', entries.map((entry) => (entry.seq === 3 ? { ...entry, by: 'slack:T1/U2' } : entry)), 3],
    [
        'half a character, which no sealed text has,',
        entries.map((entry) => (entry.seq === 2 ? { ...entry, text: '\ud800' } : entry)),
        2,
    ],
    ['a removed entry', entries.filter((entry) => entry.seq !== 2), 2],
    ['swapped entries', [entries[1]!, entries[0]!, entries[2]!], 1],
])('%s breaks the chain at that entry', (_what, altered, at) => {
    expect(firstBrokenLink('inc-1', altered)).toBe(at);
});

test('a chain moved to another incident is broken', () => {
    expect(firstBrokenLink('inc-2', entries)).toBe(1);
});
