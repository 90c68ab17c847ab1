import { loadOpenAi } from '../../nodes/adapters/openai/openai-model';
import type { ModelProvider } from '../../nodes/core/diagnosis/diagnose';
import type { AlertSource, MetricsSource, Sample } from '../../nodes/core/diagnosis/ports';
import { FixError } from '../../nodes/core/errors';
import type { Incident } from '../../nodes/core/model/incident';
import type { Runbook } from '../../nodes/core/model/runbook';
import { parseRunbook } from '../../nodes/core/runbook/parse';
import { anIncident } from './incidents';
import { GOOD_RUNBOOK } from './runbook-text';

/** The runbook of a text; its id must be the file name. */
export function runbookOf(text: string, id = 'disk-filling'): Runbook {
    const parsed = parseRunbook(text, `${id}.yaml`);
    if ('runbook' in parsed) return parsed.runbook;
    throw new Error(JSON.stringify(parsed.problems));
}

export const DISK_RUNBOOK = runbookOf(GOOD_RUNBOOK);

/** An incident about the disk of web-1; `labels` are added to its alert. */
export function diskIncident(labels: Record<string, string> = {}, parts: Partial<Incident> = {}): Incident {
    const all = {
        alertname: 'DiskFilling',
        host: 'web-1',
        instance: 'web-1:9100',
        path: '/var/spool/print',
        severity: 'critical',
        ...labels,
    };
    const [alert] = anIncident().alerts;
    if (!alert) throw new Error('no alert');
    return anIncident({ labels: all, alerts: [{ ...alert, labels: all }], ...parts });
}

/** Metrics that answer every query with one value, with none, or not at all. */
export function metricsOf(answer: number | 'no samples' | 'down', asked: string[] = []): MetricsSource {
    return {
        query: async (promql) => {
            asked.push(promql);
            if (answer === 'down') throw new FixError('PROMETHEUS_DOWN', 'Prometheus cannot be reached: refused');
            const sample: Sample = { labels: {}, value: answer === 'no samples' ? 0 : answer, at: 0 };
            return answer === 'no samples' ? [] : [sample];
        },
        range: async () => [],
    };
}

/** Alertmanager with these alerts firing. */
export function alertsOf(
    firing: { fingerprint: string; labels: Record<string, string>; startsAt: string }[],
): AlertSource {
    return {
        states: async (alerts) => new Map(alerts.map(({ fingerprint }) => [fingerprint, 'firing'])),
        firing: async () => firing,
    };
}

/** The real OpenAI adapter at the address of a stand-in. */
export function providerAt(url: string, budget: Partial<ModelProvider['budget']> = {}): ModelProvider {
    return {
        model: async () =>
            loadOpenAi({
                vendor: 'openai',
                url,
                api: 'chat',
                apiKey: 'sk-test',
                model: 'gpt-test',
                timeoutMs: 5_000,
                retries: 0,
            }),
        budget: { callsPerDiagnosis: 4, tokensPerDiagnosis: 50_000, deadlineSeconds: 20, ...budget },
    };
}

/** A model's turn that asks for a tool. */
export function wantsTool(name: string, input: Record<string, unknown>): { json: unknown } {
    return { json: { tool: { name, input }, answer: null } };
}

/** A model's final turn: the right fix of {@link DISK_RUNBOOK}, citing the alert; `parts` spoils it. */
export function concludes(
    parts: Record<string, unknown> = {},
    action: Record<string, unknown> | null = {},
): { json: unknown } {
    const fix = action && {
        runbook: 'disk-filling',
        action: 'clean-spool',
        parameters: [{ name: 'keep_days', value: '2' }],
        hosts: ['web-1'],
        ...action,
    };
    const answer = {
        cause: 'Old spool files fill the disk.',
        confidence: 0.8,
        citations: ['E1', 'E2'],
        inconclusive: false,
        action: fix,
        ...parts,
    };
    return { json: { tool: null, answer } };
}
