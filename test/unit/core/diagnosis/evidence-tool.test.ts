import { z } from 'zod';
import { type DiagnosisRequest, diagnose } from '../../../../nodes/core/diagnosis/diagnose';
import type { EvidenceTool } from '../../../../nodes/core/diagnosis/evidence-tool';
import type { Diagnosis } from '../../../../nodes/core/model/diagnosis';
import {
    alertsOf,
    concludes,
    DISK_RUNBOOK,
    diskIncident,
    metricsOf,
    providerAt,
    runbookOf,
    wantsTool,
} from '../../../support/diagnosis';
import { type OpenAiScript, OpenAiStandIn } from '../../../support/openai-stand-in';
import { GOOD_RUNBOOK } from '../../../support/runbook-text';

const server = new OpenAiStandIn();
let url = '';

beforeAll(async () => {
    url = await server.start();
});
afterAll(() => server.stop());
beforeEach(() => {
    server.seen.length = 0;
});

/** The alert has no label `machine`, so the host of the fix can only stand in evidence. */
const HOSTLESS = runbookOf(GOOD_RUNBOOK.replace('target: host', 'target: machine'));

/** A tool that came later: it answers the same to everybody. */
function placement(parts: Partial<EvidenceTool> = {}): EvidenceTool {
    return {
        name: 'placement',
        says: 'the machine that a service runs on.',
        input: z.object({ service: z.string().describe('name of a service') }),
        ask: (input) => ({
            title: 'Placement',
            query: JSON.stringify(input),
            answer: async () => ({ result: 'print runs on web-9' }),
        }),
        ...parts,
    };
}

function diagnosed(script: OpenAiScript[], parts: Partial<DiagnosisRequest>): Promise<Diagnosis> {
    server.willAnswer(...script);
    return diagnose({
        incident: diskIncident(),
        runbooks: [HOSTLESS],
        metrics: metricsOf(0.95),
        provider: providerAt(url),
        inventoryHosts: ['web-9', 'db-1'],
        signal: new AbortController().signal,
        clock: () => new Date(),
        ...parts,
    });
}

/** The model asks the tool, and proposes its fix for web-9, citing the answer. */
const asksAndObeys: OpenAiScript[] = [
    wantsTool('placement', { service: 'print' }),
    concludes({ citations: ['E1', 'E4'] }, { hosts: ['web-9'] }),
];

/** All that the model was shown in its newest turn. */
function shown(): string {
    const { messages } = (server.seen.at(-1)?.body ?? {}) as { messages: { content: string }[] };
    return messages.map(({ content }) => content).join('\n');
}

describe('a tool that was not there before', () => {
    test('is offered to the model, asked, recorded and cited', async () => {
        const { evidence, citations } = await diagnosed(asksAndObeys, { tools: [placement()] });
        expect(shown()).toContain(
            '- placement, input {"service": string, name of a service}: the machine that a service runs on.',
        );
        expect(JSON.stringify(server.seen[0]?.body)).toContain('"enum":["placement"]');
        expect(citations).toEqual(['E1', 'E4']);
        expect(evidence[3]).toEqual({
            id: 'E4',
            kind: 'placement',
            title: 'Placement',
            query: '{"service":"print"}',
            result: 'print runs on web-9',
            at: expect.any(String),
        });
    });

    test('names no host unless it says that it may', async () => {
        expect(await diagnosed(asksAndObeys, { tools: [placement()] })).toMatchObject({
            verdict: 'advice',
            reason: expect.stringContaining('trusted part of the cited evidence names no inventory host'),
        });
        expect(await diagnosed(asksAndObeys, { tools: [placement({ mayNameHost: true })] })).toMatchObject({
            verdict: 'proposal',
            proposal: { hosts: ['web-9'] },
        });
        expect(shown()).toContain('<evidence id="E4" kind="placement" mayNameHost="true">');
    });

    test('that may name a host only in its first questions names none when the model asks', async () => {
        const tool = placement({
            mayNameHost: 'initial',
            initial: () => [{ title: 'Placement', answer: async () => ({ result: 'disk runs on db-1' }) }],
        });
        const byModel = [wantsTool('placement', { service: 'print' }), concludes({ citations: ['E5'] }, { hosts: [] })];
        const byCode = [concludes({ citations: ['E4'] }, { hosts: [] })];
        expect(await diagnosed(byModel, { tools: [tool] })).toMatchObject({ verdict: 'advice' });
        expect(await diagnosed(byCode, { tools: [tool] })).toMatchObject({ proposal: { hosts: ['db-1'] } });
    });

    test('cannot take the name of another', async () => {
        const { evidence } = await diagnosed([wantsTool('promql', { query: 'up' }), concludes({}, null)], {
            tools: [placement({ name: 'promql', mayNameHost: true })],
        });
        expect(evidence[3]).toMatchObject({ kind: 'promql', title: 'Query of the model' });
        expect(evidence[3]?.mayNameHost).toBeUndefined();
    });

    test('without input is asked by code only', async () => {
        const tool = placement({
            input: undefined,
            ask: undefined,
            initial: () => [{ title: 'Placement', answer: async () => ({ result: 'nowhere', status: 'no-data' }) }],
        });
        const { evidence } = await diagnosed([concludes({}, null)], { tools: [tool] });
        expect(evidence.at(-1)).toMatchObject({ id: 'E4', kind: 'placement', status: 'no-data' });
        expect(shown()).not.toContain('- placement');
    });
});

describe('a tool that fails', () => {
    const broken: [string, Partial<EvidenceTool>][] = [
        [
            'rejects',
            { ask: () => ({ title: 'Placement', answer: () => Promise.reject(new Error('web-9 is on fire')) }) },
        ],
        [
            'throws',
            {
                ask: () => {
                    throw new Error('web-9 is on fire');
                },
            },
        ],
    ];
    test.each(broken)('that %s becomes evidence that says so, and names no host', async (_how, parts) => {
        const tool = placement({ ...parts, mayNameHost: true });
        const diagnosis = await diagnosed(asksAndObeys, { tools: [tool] });
        expect(diagnosis.evidence[3]).toMatchObject({
            kind: 'placement',
            status: 'not-answered',
            result: 'Not answered: web-9 is on fire',
        });
        expect(diagnosis).toMatchObject({ verdict: 'advice', source: { by: 'model' } });
        expect(diagnosis.evidence[3]?.mayNameHost).toBeUndefined();
    });

    test('before the model leaves the other evidence whole', async () => {
        const tool = placement({
            initial: () => {
                throw new Error('no connection');
            },
        });
        const { evidence } = await diagnosed([concludes({}, null)], { tools: [tool] });
        expect(evidence.map(({ kind, status }) => [kind, status])).toEqual([
            ['alert', undefined],
            ['check', undefined],
            ['runbook', undefined],
            ['placement', 'not-answered'],
        ]);
    });

    test('or hangs is not waited for when the diagnosis is stopped', async () => {
        const stop = new AbortController();
        const tool = placement({
            initial: () => {
                setTimeout(() => stop.abort(), 20);
                return [{ title: 'Placement', answer: () => new Promise(() => undefined) }];
            },
        });
        await expect(diagnosed([], { tools: [tool], signal: stop.signal })).rejects.toMatchObject({
            code: 'CANCELLED',
        });
    });
});

describe('of the built-in evidence', () => {
    const fix = (citations: string[]): OpenAiScript => concludes({ citations }, { hosts: [] });

    test.each<[string, Partial<DiagnosisRequest>, OpenAiScript[], string | undefined]>([
        ['the alert', { incident: diskIncident({ note: 'see web-9' }) }, [fix(['E1'])], 'web-9'],
        [
            'a check',
            { metrics: { ...metricsOf(1), query: async () => [{ labels: { node: 'web-9' }, value: 1, at: 0 }] } },
            [fix(['E2'])],
            'web-9',
        ],
        [
            'a check that was not answered',
            { metrics: { ...metricsOf(1), query: () => Promise.reject(new Error('http://web-9 cannot be reached')) } },
            [fix(['E2'])],
            undefined,
        ],
        [
            'a related alert that code asked for',
            { alerts: alertsOf([{ fingerprint: 'aa', labels: { host: 'web-9' }, startsAt: '2026-01-01T00:00:00Z' }]) },
            [fix(['E3'])],
            'web-9',
        ],
        [
            'a related alert that the model asked for',
            { alerts: alertsOf([{ fingerprint: 'aa', labels: { host: 'web-9' }, startsAt: '2026-01-01T00:00:00Z' }]) },
            [wantsTool('related_alerts', { labels: 'host="web-9"' }), fix(['E5'])],
            undefined,
        ],
        [
            'a past incident',
            {
                incident: diskIncident(
                    {},
                    {
                        similar: [
                            {
                                incidentId: 'inc-past',
                                alertname: 'DiskFilling',
                                cause: 'web-9 was full',
                                outcome: 'cleared',
                                at: '2025-12-31T00:00:00Z',
                                score: 1,
                            },
                        ],
                    },
                ),
            },
            [fix(['E3'])],
            undefined,
        ],
        [
            'the text of a runbook',
            { runbooks: [{ ...HOSTLESS, knowledge: 'For example on web-9.' }] },
            [fix(['E3'])],
            undefined,
        ],
    ])('%s', async (_what, parts, script, host) => {
        const { proposal, evidence } = await diagnosed(script, parts);
        expect(evidence.some(({ result }) => result.includes('web-9'))).toBe(true);
        expect(proposal?.hosts).toEqual(host === undefined ? undefined : [host]);
    });
});

test('a check with more queries than are asked does not hold, and the evidence says so', async () => {
    const one = diskIncident();
    const alerts = Array.from({ length: 25 }, (_none, at) => {
        const [alert] = diskIncident({ host: `web-${at}`, instance: `web-${at}:9100` }).alerts;
        return { ...alert, fingerprint: String(at).padStart(16, '0') } as (typeof one.alerts)[number];
    });
    const { verdict, evidence } = await diagnosed([], {
        runbooks: [DISK_RUNBOOK],
        incident: { ...one, alerts },
        provider: undefined,
    });
    expect(verdict).toBe('inconclusive');
    expect(evidence.filter(({ kind }) => kind === 'check').at(-1)?.result).toBe(
        'Not asked: 1 of 25 queries; the limit is 24.',
    );
});
