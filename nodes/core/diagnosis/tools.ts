import { asFixError, FixError } from '../errors';
import type { Evidence } from '../model/diagnosis';
import type { Incident } from '../model/incident';
import type { MemoryRecord } from '../model/memory';
import type { Runbook } from '../model/runbook';
import { parseMatchers } from '../text/matcher';
import { cut, cutClean, visible } from '../text/text';
import { askMetrics, recordSamples } from './ask';
import { type EvidenceLog, MODEL_QUERY } from './evidence';
import { recordFiring, recordRunbook, type Sources } from './gather';
import type { ModelToolCall } from './step';

/** Longest PromQL a model may ask, characters. */
const LONGEST_QUERY = 1_000;

/** Past incidents of an alert name, the newest first. */
export type PastIncidents = (alertname: string) => Promise<MemoryRecord[]>;

export interface ToolGround extends Sources {
    incident: Incident;
    runbooks: readonly Runbook[];
    pastIncidents?: PastIncidents;
    log: EvidenceLog;
    signal: AbortSignal;
}

/** Runs one read-only tool; answers the new evidence, or a sentence why there is none. */
export async function useTool({ name, argument }: ModelToolCall, ground: ToolGround): Promise<Evidence | string> {
    const { log } = ground;
    try {
        const id = await run(name, argument.trim(), ground);
        return log.named([id])[0] ?? 'Nothing was recorded.';
    } catch (thrown) {
        ground.signal.throwIfAborted();
        return `Not answered: ${asFixError(thrown).message}`;
    }
}

async function run(name: ModelToolCall['name'], argument: string, ground: ToolGround): Promise<string> {
    switch (name) {
        case 'promql':
            return queryMetrics(argument, ground);
        case 'related_alerts':
            return relatedAlerts(argument, ground);
        case 'past_incidents':
            return pastIncidents(argument, ground);
        case 'runbook':
            return runbookText(argument, ground);
    }
}

async function queryMetrics(query: string, { metrics, log, signal }: ToolGround): Promise<string> {
    if (!metrics) throw new FixError('CONFIG_MISSING', 'no Prometheus server is configured.');
    if (query.length > LONGEST_QUERY)
        throw new FixError('TOO_LARGE', `the query has more than ${LONGEST_QUERY} characters.`);
    const answer = await askMetrics(metrics, query, signal);
    return recordSamples(log, { title: MODEL_QUERY, query }, answer).evidence.id;
}

async function relatedAlerts(argument: string, { alerts, incident, log, signal }: ToolGround): Promise<string> {
    if (!alerts) throw new FixError('CONFIG_MISSING', 'no Alertmanager is configured.');
    const matchers = parseMatchers(argument);
    if (matchers.length === 0 || matchers.some(({ op }) => op !== '=')) {
        throw new FixError('INPUT_INVALID', 'name at least one label, with = only, e.g. host="web-1".');
    }
    const own = new Set(incident.alerts.map(({ fingerprint }) => fingerprint));
    return recordFiring(alerts, Object.fromEntries(matchers.map(({ name, value }) => [name, value])), own, log, signal);
}

async function pastIncidents(alertname: string, { pastIncidents: recall, log }: ToolGround): Promise<string> {
    if (!recall) throw new FixError('CONFIG_MISSING', 'past incidents are not available.');
    const past = (await recall(alertname.slice(0, 200))).filter((record) => record.alertname === alertname);
    const lines = past.map(
        ({ incidentId, at, cause, action, outcome }) =>
            `${incidentId} (${at}): cause: ${cut(cause ?? 'unknown', 300)}; fix: ${action ? `${action.runbook}/${action.action}` : 'none'}; outcome: ${outcome}`,
    );
    const title = `Past incidents of ${alertname}`;
    return log.record({ kind: 'past-incidents', title, query: alertname, result: lines.join('\n') || 'None.' }).id;
}

async function runbookText(id: string, { runbooks, log }: ToolGround): Promise<string> {
    const runbook = runbooks.find((candidate) => candidate.id === id);
    if (runbook) return recordRunbook(runbook, log);
    throw new FixError(
        'INPUT_INVALID',
        `there is no runbook ${JSON.stringify(cutClean(id, 64, visible))}; there are: ${runbooks
            .map((known) => known.id)
            .slice(0, 40)
            .join(', ')}.`,
    );
}
