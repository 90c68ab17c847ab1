import { diagnose, diagnosisText, type ModelProvider } from '../core/diagnosis/diagnose';
import type { Sources } from '../core/diagnosis/sources';
import { DIAGNOSABLE, diagnosisMade, diagnosisStarted } from '../core/diagnosis/transitions';
import { FixError, failureText } from '../core/errors';
import { movingTo, standsAt } from '../core/incident/flow';
import type { Diagnosis } from '../core/model/diagnosis';
import type { Incident } from '../core/model/incident';
import type { RunbookLibrary } from '../core/model/runbook';
import type { Incidents } from '../core/store/incidents';
import type { NodeContext, Send } from '../runtime/define-node';
import { positionsOf } from '../runtime/flow-position';
import { type IncidentMessage, withIncident } from '../runtime/message';
import { recover } from '../runtime/recovery';
import { Slots } from '../runtime/slots';
import { underLease } from '../runtime/step-lease';
import { noteFailedStep, noteLeasedElsewhere } from '../runtime/undelivered';

/** What diagnoses are made with. */
export interface Tools extends Pick<Sources, 'metrics' | 'alerts'> {
    library: RunbookLibrary;
    provider?: ModelProvider;
    /** The chosen model cannot be used as it is configured: every answer will be the rules'. */
    isModelUnusable?: boolean;
}

const PROPOSAL = 0;
const NO_PROPOSAL = 1;

/** Takes incidents in, a few at a time, and puts each on its output when it is diagnosed. */
export class DiagnosisDesk {
    private readonly slots: Slots;
    /** Incidents that this node works on, or that wait for their turn. */
    private readonly active = new Set<string>();
    private recovering?: Incidents;
    private storeDown?: FixError;
    private fellBack = false;
    private load = { running: 0, waiting: 0 };

    constructor(
        private readonly context: Pick<NodeContext<never>, 'node' | 'status' | 'closing' | 'report' | 'RED'>,
        private readonly tools: Tools,
        concurrency: number,
    ) {
        this.slots = new Slots(concurrency, (running, waiting) => {
            this.load = { running, waiting };
            this.show();
        });
    }

    /** A message came in. Rejects with `LEASED_ELSEWHERE` when the incident is being diagnosed already. */
    async take(incidents: Incidents, id: string, msg: IncidentMessage, send: Send): Promise<void> {
        const isOurs = this.active.has(id);
        if (
            await this.step(incidents, id, (incident, port) =>
                send(onPort(port, withIncident(msg, incident, textOf(incident)))),
            )
        )
            return;
        if (!isOurs) noteLeasedElsewhere(id);
        throw new FixError('LEASED_ELSEWHERE', `Incident ${id} is already being diagnosed.`, {
            field: 'msg.incident.id',
            cure: 'Nothing to do: that diagnosis continues.',
        });
    }

    up(incidents: Incidents): void {
        this.storeDown = undefined;
        this.show();
        if (this.recovering === incidents) return;
        this.recovering = incidents;
        recover(
            incidents,
            {
                node: this.context.node.id,
                stages: DIAGNOSABLE,
                active: (id) => this.active.has(id),
                arrived: isToldAlready,
                resume: async ({ id }) => {
                    this.context.node.log(`carries on with the diagnosis of ${id}`);
                    this.step(incidents, id, (incident, port) => this.emit(incident, port)).catch((thrown: unknown) => {
                        noteFailedStep(id, thrown);
                        this.context.report(thrown);
                    });
                },
                emit: (incident, port) => this.emit(incident, port),
                report: this.context.report,
            },
            this.context.closing,
        );
    }

    down(error: FixError): void {
        if (!this.storeDown) this.context.node.error(failureText(error));
        this.storeDown = error;
        this.show();
    }

    /** Diagnoses one incident and hands it on; false when somebody else is at it. */
    private async step(
        incidents: Incidents,
        id: string,
        handOn: (incident: Incident, port: number) => void,
    ): Promise<boolean> {
        if (this.active.has(id)) return false;
        this.active.add(id);
        try {
            return await underLease(incidents.store, `diagnose:${id}`, () => this.diagnose(incidents, id, handOn));
        } catch (thrown) {
            if (this.context.closing.aborted) return true;
            throw thrown;
        } finally {
            this.active.delete(id);
        }
    }

    private async diagnose(
        incidents: Incidents,
        id: string,
        handOn: (incident: Incident, port: number) => void,
    ): Promise<void> {
        const positions = positionsOf(this.context.node.id);
        const begun = await incidents.change(id, movingTo(positions.working(), diagnosisStarted));
        if (begun.stage === 'closed') return;
        const diagnosis = await this.slots.run(this.context.closing, () => this.conclude(incidents, id));
        const sent = positions.sent(diagnosis.proposal ? PROPOSAL : NO_PROPOSAL);
        const diagnosed = await incidents.change(
            id,
            movingTo(sent, (incident) => diagnosisMade(incident, diagnosis)),
        );
        if (!standsAt(diagnosed, sent)) return;
        this.fellBack = diagnosis.source.fallback !== undefined;
        this.show();
        handOn(diagnosed, sent.port ?? NO_PROPOSAL);
    }

    private async conclude(incidents: Incidents, id: string): Promise<Diagnosis> {
        const { incident } = await incidents.get(id);
        const { library, metrics, alerts, provider } = this.tools;
        return diagnose({
            incident,
            runbooks: library.runbooks(),
            metrics,
            alerts,
            provider,
            pastIncidents: (alertname) => incidents.store.recall({ identity: '', alertname, limit: 5 }),
            signal: this.context.closing,
            clock: () => incidents.now(),
        });
    }

    private emit(incident: Incident, port: number): void {
        const msg: IncidentMessage = { _msgid: this.context.RED.util.generateId() };
        this.context.node.send(onPort(port, withIncident(msg, incident, textOf(incident))));
    }

    private show(): void {
        const { status, closing } = this.context;
        const { running, waiting } = this.load;
        if (closing.aborted) return;
        if (this.storeDown) status.failed(this.storeDown.code);
        else if (running > 0)
            status.busy(waiting > 0 ? `${running} running, ${waiting} waiting` : `${running} running`);
        else if (this.tools.isModelUnusable) status.waiting('llm-diagnose.status.unusable');
        else if (this.fellBack) status.waiting('llm-diagnose.status.fallback');
        else status.ready(this.tools.provider ? 'llm-diagnose.status.model' : 'llm-diagnose.status.rules');
    }
}

/**
 * Behind the second output nobody takes the incident over, so it stays here for good. It is told again only when
 * nothing
 * at all, not even that, was written since: then the process ended before it could send.
 */
function isToldAlready({ flow, updatedAt, stageSince }: Incident): boolean {
    return flow.state === 'sent' && flow.port === NO_PROPOSAL && updatedAt !== stageSince;
}

function onPort(port: number, msg: IncidentMessage): (IncidentMessage | null)[] {
    return [PROPOSAL, NO_PROPOSAL].map((output) => (output === port ? msg : null));
}

function textOf({ diagnosis }: Incident): string {
    return diagnosis ? diagnosisText(diagnosis) : '';
}
