import type { FixError } from '../core/errors';
import type { Incident } from '../core/model/incident';
import { Slots } from '../core/slots';
import type { Incidents } from '../core/store/incidents';
import type { NodeContext, Send } from './define-node';
import { type IncidentMessage, withIncident } from './message';
import { recover } from './recovery';
import type { StepKind, Work } from './step-kind';
import type { StoreListener } from './store-watch';
import { noteFailedStep } from './undelivered';

/** The output for an incident whose flow position names none: never the one that leads to a fix. */
const OTHERWISE = 1;

/**
 * The work of a node that takes incidents one by one: one step at a time for each, a few at a time in all. At its end an
 * incident is put on its output; what a restart left is taken up again.
 */
export class StepDesk implements StoreListener {
    private readonly active = new Map<string, { cancel: AbortController; end: Promise<void> }>();
    private readonly slots: Slots;
    private load = { running: 0, waiting: 0 };
    private recovering?: Incidents;
    private storeDown?: FixError;
    private trouble?: FixError;

    constructor(
        private readonly context: Pick<NodeContext<never>, 'RED' | 'node' | 'status' | 'closing' | 'report'>,
        private readonly kind: StepKind,
    ) {
        this.slots = new Slots({ running: kind.concurrency }, (running, waiting) => {
            this.load = { running, waiting };
            this.refresh();
        });
    }

    /** Does a step of the incident. Rejects with what it rejects with, but not when the node closes. */
    async take(id: string, msg: IncidentMessage, send: Send, work: Work): Promise<void> {
        if (this.active.has(id)) throw this.kind.busy(id);
        const cancel = new AbortController();
        const working = this.run(msg, send, work, cancel.signal);
        this.active.set(id, { cancel, end: working.catch(() => undefined) });
        try {
            await working;
        } catch (thrown) {
            if (!this.context.closing.aborted) throw thrown;
        } finally {
            this.active.delete(id);
        }
    }

    /** Cancels the step of the incident; false when there is none. */
    cancel(id: string): boolean {
        const step = this.active.get(id);
        step?.cancel.abort();
        return step !== undefined;
    }

    /** Something the node needs is missing, or (undefined) is there again. */
    setTrouble(trouble: FixError | undefined): void {
        if (trouble) this.context.report(trouble);
        this.trouble = trouble;
        this.refresh();
    }

    /** Resolves when every step has ended, after the node began to close. */
    async ended(): Promise<void> {
        await Promise.all([...this.active.values()].map(({ end }) => end));
    }

    up(incidents: Incidents): void {
        this.storeDown = undefined;
        this.refresh();
        if (this.recovering === incidents) return;
        this.recovering = incidents;
        const { node, closing, report } = this.context;
        recover(
            incidents,
            {
                node: node.id,
                stages: this.kind.stages,
                arrived: this.kind.arrived,
                active: (id) => this.active.has(id),
                resume: async (incident) => this.resume(incidents, incident),
                emit: (incident, output) => node.send(this.onOutput(output, this.newMessage(), incident)),
                report,
            },
            closing,
        );
    }

    down(error: FixError): void {
        if (this.storeDown?.code !== error.code) this.context.report(error);
        this.storeDown = error;
        this.refresh();
    }

    /** Shows the status as it is now. */
    refresh(): void {
        const { status, closing } = this.context;
        const { running, waiting } = this.load;
        const wrong = this.storeDown ?? this.trouble;
        if (closing.aborted) return;
        if (wrong) status.failed(wrong.code);
        else if (running > 0) status.busy(`${running} running${waiting > 0 ? `, ${waiting} waiting` : ''}`);
        else this.kind.idle(status);
    }

    /** In the background: recovery goes on with other incidents meanwhile. */
    private resume(incidents: Incidents, incident: Incident): void {
        const { id } = incident;
        const { node, report } = this.context;
        if (this.active.has(id)) return;
        node.log(`carries on with ${id}, stage ${incident.stage}`);
        this.take(
            id,
            this.newMessage(),
            (messages) => node.send(messages),
            (step) => this.kind.resume(incidents, incident, step),
        ).catch((thrown: unknown) => {
            noteFailedStep(id, thrown);
            report(thrown);
        });
    }

    private async run(msg: IncidentMessage, send: Send, work: Work, cancel: AbortSignal): Promise<void> {
        const { RED, closing } = this.context;
        const incident = await work({
            cancel,
            inSlot: (part) => this.slots.run(closing, part),
            show: (output, shown, text) => {
                if (!closing.aborted) send(this.onOutput(output, RED.util.cloneMessage(msg), shown, text));
            },
        });
        if (incident) send(this.onOutput(incident.flow.port ?? OTHERWISE, msg, incident));
    }

    private onOutput(output: number, msg: IncidentMessage, incident: Incident, text = this.kind.text(incident)) {
        const filled = withIncident(msg, incident, text);
        return Array.from({ length: this.kind.outputs }, (_, index) => (index === output ? filled : null));
    }

    private newMessage(): IncidentMessage {
        return { _msgid: this.context.RED.util.generateId() };
    }
}
