import { diagnose, diagnosisText, type ModelProvider } from '../core/diagnosis/diagnose';
import type { Sources } from '../core/diagnosis/sources';
import { DIAGNOSABLE, endingDiagnosis, startingDiagnosis } from '../core/diagnosis/transitions';
import { FixError } from '../core/errors';
import { movingTo, standsAt } from '../core/incident/flow';
import type { Memory } from '../core/memory/port';
import type { Diagnosis } from '../core/model/diagnosis';
import type { Incident } from '../core/model/incident';
import type { RunbookLibrary } from '../core/model/runbook';
import type { KeyRing } from '../core/signing/keys';
import { signDiagnosis } from '../core/signing/provenance';
import type { Incidents } from '../core/store/incidents';
import type { NodeContext, Send } from '../runtime/define-node';
import { positionsOf } from '../runtime/flow-position';
import type { IncidentMessage } from '../runtime/message';
import type { Status } from '../runtime/status';
import { StepDesk } from '../runtime/step-desk';
import type { Step } from '../runtime/step-kind';
import { underLease } from '../runtime/step-lease';
import { noteLeasedElsewhere } from '../runtime/undelivered';

/** What diagnoses are made with. */
export interface Tools extends Pick<Sources, 'metrics' | 'alerts'> {
    library: RunbookLibrary;
    memory(): Promise<Memory>;
    /** The keys of the store: a dry run takes up only a diagnosis that is signed. */
    keys(): Promise<KeyRing>;
    provider?: ModelProvider;
    /** The chosen model cannot be used as it is configured: every answer will be the rules'. */
    isModelUnusable?: boolean;
}

type Context = Pick<NodeContext<never>, 'RED' | 'node' | 'status' | 'closing' | 'report'>;

const PROPOSAL = 0;
const NO_PROPOSAL = 1;
const OUTPUTS = 2;
/** Past incidents of an alert name that the model is shown when it asks. */
const MOST_PAST = 5;

/** The steps of llm-diagnose: each incident is diagnosed, and put on the output for its verdict. */
export class DiagnoseSteps {
    readonly desk: StepDesk;
    private fellBack = false;

    /** `concurrency`: diagnoses at a time. */
    constructor(
        private readonly context: Context,
        private readonly tools: Tools,
        concurrency: number,
    ) {
        this.desk = new StepDesk(context, {
            outputs: OUTPUTS,
            stages: DIAGNOSABLE,
            concurrency,
            busy: diagnosedAlready,
            resume: async (incidents, { id }, step) => (await this.attempt(incidents, id, step))?.result,
            text: ({ diagnosis }) => (diagnosis ? diagnosisText(diagnosis) : ''),
            idle: (status) => this.showIdle(status),
            arrived: isToldAlready,
        });
    }

    /** A message came in. Rejects with `LEASED_ELSEWHERE` when the incident is being diagnosed already. */
    take(incidents: Incidents, id: string, msg: IncidentMessage, send: Send): Promise<void> {
        return this.desk.take(id, msg, send, async (step) => {
            const done = await this.attempt(incidents, id, step);
            if (done) return done.result;
            noteLeasedElsewhere(id);
            throw diagnosedAlready(id);
        });
    }

    /** Undefined when somebody else diagnoses the incident. */
    private attempt(
        incidents: Incidents,
        id: string,
        step: Step,
    ): Promise<{ result: Incident | undefined } | undefined> {
        return underLease(incidents.store.leases, `diagnose:${id}`, () => this.diagnose(incidents, id, step));
    }

    private async diagnose(incidents: Incidents, id: string, { inSlot }: Step): Promise<Incident | undefined> {
        const positions = positionsOf(this.context.node.id);
        const begun = await incidents.change(id, movingTo(positions.working(), startingDiagnosis));
        if (begun.stage === 'closed') return undefined;
        const keys = await this.tools.keys();
        const diagnosis = signDiagnosis(keys, id, await inSlot(() => this.conclude(incidents, id)));
        const sent = positions.sent(diagnosis.proposal ? PROPOSAL : NO_PROPOSAL);
        const diagnosed = await incidents.change(id, movingTo(sent, endingDiagnosis(diagnosis)));
        if (!standsAt(diagnosed, sent)) return undefined;
        this.fellBack = diagnosis.source.fallback !== undefined;
        this.desk.refresh();
        return diagnosed;
    }

    private async conclude(incidents: Incidents, id: string): Promise<Diagnosis> {
        const { incident } = await incidents.get(id);
        const { library, metrics, alerts, provider, memory } = this.tools;
        return diagnose({
            incident,
            runbooks: library.runbooks(),
            metrics,
            alerts,
            provider,
            pastIncidents: async (alertname) => (await memory()).ofAlert(alertname, MOST_PAST),
            signal: this.context.closing,
            clock: () => incidents.now(),
        });
    }

    private showIdle(status: Status): void {
        if (this.tools.isModelUnusable) status.waiting('llm-diagnose.status.unusable');
        else if (this.fellBack) status.waiting('llm-diagnose.status.fallback');
        else status.ready(this.tools.provider ? 'llm-diagnose.status.model' : 'llm-diagnose.status.rules');
    }
}

function diagnosedAlready(id: string): FixError {
    return new FixError('LEASED_ELSEWHERE', `Incident ${id} is already being diagnosed.`, {
        field: 'msg.incident.id',
        cure: 'Nothing to do: that diagnosis continues.',
    });
}

/**
 * Behind the second output nobody takes the incident over, so it stays here for good. It is sent again only when
 * nothing at all, not even that, was written since: then the process ended before it could send.
 */
function isToldAlready({ flow, updatedAt, stageSince }: Incident): boolean {
    return flow.state === 'sent' && flow.port === NO_PROPOSAL && updatedAt !== stageSince;
}
