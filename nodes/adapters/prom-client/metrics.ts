import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Incident } from '../../core/model/incident';
import { STAGES, type Stage } from '../../core/model/stage';
import type { TimelineEntry, TimelineType } from '../../core/model/timeline';
import type { CommitObserver } from '../../core/store/incidents';

/** Severities that become a label value; all others are `other`, so that alerts cannot add series. */
const SEVERITIES = new Set(['critical', 'warning', 'info']);

const INTAKE: Partial<Record<TimelineType, string>> = {
    'incident.opened': 'opened',
    'alerts.joined': 'joined',
    'alerts.changed': 'changed',
    'alerts.repeated': 'repeated',
    'alerts.resolved': 'resolved',
};
const APPROVALS: Partial<Record<TimelineType, string>> = {
    'approval.granted': 'granted',
    'approval.rejected': 'rejected',
    'approval.expired': 'expired',
    'approval.withdrawn': 'withdrawn',
    'approval.denied': 'denied',
};
const FAILURES: readonly TimelineType[] = [
    'plan.failed',
    'run.refused',
    'run.unknown',
    'run.cancelled',
    'card.failed',
    'diagnosis.inconclusive',
];

/** From a second to a day, for stages in which people are waited for. */
const STAGE_BUCKETS = [1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400];
const WORK_BUCKETS = [0.05, 0.25, 1, 2.5, 5, 10, 30, 60, 150, 300, 900];

/** The numbers of one incident store, derived from its transitions alone. */
export class Metrics {
    private readonly registry = new Registry();
    private readonly incidents = this.gauge('incidents', 'Incidents in the store, by stage.', ['stage']);
    private readonly opened = this.counter('incidents_opened_total', 'Incidents opened.', ['severity']);
    private readonly intake = this.counter('intake_total', 'Notifications taken in, by what they did.', ['event']);
    private readonly stages = this.histogram(
        'stage_seconds',
        'Time an incident spent in a stage.',
        ['stage'],
        STAGE_BUCKETS,
    );
    private readonly diagnoses = this.counter('diagnoses_total', 'Diagnoses made.', ['by', 'verdict', 'fallback']);
    private readonly diagnosisTime = this.histogram(
        'diagnosis_seconds',
        'Time a diagnosis took.',
        ['by'],
        WORK_BUCKETS,
    );
    private readonly tokens = this.counter('model_tokens_total', 'Tokens used by models.', ['direction']);
    private readonly approvals = this.counter('approvals_total', 'Decisions of approval gates.', ['outcome']);
    private readonly runs = this.counter('runs_total', 'Playbook runs that ended.', ['action', 'result']);
    private readonly runTime = this.histogram('run_seconds', 'Time a playbook run took.', ['action'], WORK_BUCKETS);
    private readonly rollbacks = this.counter('rollbacks_total', 'Rollbacks that ended.', ['result']);
    private readonly verifications = this.counter('verifications_total', 'Verifications after runs.', ['result']);
    private readonly failures = this.counter('failures_total', 'Steps that did not go the straight way.', ['type']);

    /** Hand this to `Incidents`. */
    readonly observe: CommitObserver = (after, entries, before) => {
        if (!before) this.opened.inc({ severity: SEVERITIES.has(after.severity) ? after.severity : 'other' });
        for (const entry of entries) this.count(entry, after);
        if (before && before.stage !== after.stage) this.left(before, after);
    };

    /** The exposition format; `countByStage` is asked at each scrape. */
    async text(
        countByStage: () => Promise<Partial<Record<Stage, number>>>,
    ): Promise<{ contentType: string; body: string }> {
        const counts = await countByStage();
        for (const stage of STAGES) this.incidents.set({ stage }, counts[stage] ?? 0);
        return { contentType: this.registry.contentType, body: await this.registry.metrics() };
    }

    private count(entry: TimelineEntry, incident: Incident): void {
        const event = INTAKE[entry.type];
        if (event) this.intake.inc({ event });
        const outcome = APPROVALS[entry.type];
        if (outcome) this.approvals.inc({ outcome });
        if (FAILURES.includes(entry.type)) this.failures.inc({ type: entry.type });
        if (entry.type === 'diagnosis.made' || entry.type === 'diagnosis.inconclusive') this.countDiagnosis(incident);
        if (entry.type === 'run.ended' || entry.type === 'run.cancelled') this.countRun(incident);
        if (entry.type === 'rollback.ended') this.rollbacks.inc({ result: String(entry.data?.status ?? 'unknown') });
        if (entry.type === 'verification.made' && incident.verification)
            this.verifications.inc({ result: incident.verification.result });
    }

    private countDiagnosis({ diagnosis }: Incident): void {
        if (!diagnosis) return;
        const { by, fallback, milliseconds, usage } = diagnosis.source;
        this.diagnoses.inc({ by, verdict: diagnosis.verdict, fallback: fallback === undefined ? 'no' : 'yes' });
        this.diagnosisTime.observe({ by }, amount(milliseconds) / 1_000);
        if (!usage) return;
        this.tokens.inc({ direction: 'input' }, amount(usage.inputTokens));
        this.tokens.inc({ direction: 'output' }, amount(usage.outputTokens));
    }

    private countRun({ plan, run }: Incident): void {
        if (!plan || !run?.outcome) return;
        this.runs.inc({ action: plan.action.id, result: run.outcome.status });
        this.runTime.observe({ action: plan.action.id }, amount(run.outcome.milliseconds) / 1_000);
    }

    private left(before: Incident, after: Incident): void {
        const seconds = (Date.parse(after.updatedAt) - Date.parse(before.stageSince ?? before.openedAt)) / 1_000;
        this.stages.observe({ stage: before.stage }, amount(seconds));
    }

    private counter(name: string, help: string, labelNames: string[]): Counter {
        return new Counter({ name: `alert_to_fix_${name}`, help, labelNames, registers: [this.registry] });
    }

    private gauge(name: string, help: string, labelNames: string[]): Gauge {
        return new Gauge({ name: `alert_to_fix_${name}`, help, labelNames, registers: [this.registry] });
    }

    private histogram(name: string, help: string, labelNames: string[], buckets: number[]): Histogram {
        return new Histogram({ name: `alert_to_fix_${name}`, help, labelNames, buckets, registers: [this.registry] });
    }
}

/** What is no amount, such as a text in an incident that an earlier version stored, counts as nothing. */
function amount(value: unknown): number {
    return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}
