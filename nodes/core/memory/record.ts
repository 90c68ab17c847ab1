import { alertName, type Incident } from '../model/incident';
import type { MemoryOutcome, MemoryRecord } from '../model/memory';
import { cut } from '../text/cut';
import { redactDeep } from '../text/redact';
import type { Likeness } from './port';
import { recurrenceKeyOf } from './recurrence';

const MAX_TEXT = 4000;

/** What of an incident is compared with the past. */
export function likenessOf(incident: Incident): Likeness {
    const [first] = incident.alerts;
    const said = [first?.annotations.summary, first?.annotations.description, incident.diagnosis?.cause];
    return redactDeep({
        incidentId: incident.id,
        identity: recurrenceKeyOf(incident),
        alertname: alertName(incident),
        labels: incident.labels,
        text: cut(said.filter(Boolean).join('\n'), MAX_TEXT),
    });
}

/** The incident as it is to be remembered; `now` is the time of the memory. */
export function recordOf(incident: Incident, now: Date): MemoryRecord {
    const { diagnosis, plan } = incident;
    return redactDeep({
        ...likenessOf(incident),
        ...(diagnosis === undefined ? {} : { cause: diagnosis.cause }),
        ...(plan === undefined
            ? {}
            : { action: { runbook: plan.runbook.id, action: plan.action.id, parameters: plan.parameters } }),
        outcome: outcomeOf(incident),
        at: now.toISOString(),
    });
}

/** How the fix ended, from what is written of rollback, verification, run and approval, in this order. */
export function outcomeOf({ stage, run, verification, approval }: Incident): MemoryOutcome {
    if (stage === 'rolled-back' || run?.rollback?.status === 'succeeded') return 'rolled-back';
    if (verification) return verification.result;
    if (run) return run.state === 'failed' || run.state === 'cancelled' ? 'failed' : 'unknown';
    if (approval && ['rejected', 'expired', 'denied'].includes(approval.state)) return 'refused';
    if (stage === 'refused') return 'refused';
    return stage === 'failed' ? 'failed' : 'no-fix';
}
