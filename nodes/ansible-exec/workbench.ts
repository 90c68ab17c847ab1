import { asFixError, FixError } from '../core/errors';
import type { Incident } from '../core/model/incident';
import type { Stage } from '../core/model/stage';
import { executeFix } from '../core/remediation/execute';
import { makePlan } from '../core/remediation/make-plan';
import { NOT_SUCCEEDED, type RemediationParts, type StepControl } from '../core/remediation/parts';
import { recoverRun } from '../core/remediation/recover-run';
import { fixText } from '../core/remediation/text';
import type { Incidents } from '../core/store/incidents';
import { undisturbed } from '../core/undisturbed';
import type { NodeContext, Send } from '../runtime/define-node';
import { type IncidentMessage, incidentIdOf, withIncident } from '../runtime/message';
import { recover } from '../runtime/recovery';
import { Slots } from '../runtime/slots';
import { noteFailedStep } from '../runtime/undelivered';

/** Makes the parts of a use case; `progress` is told of each step. */
export type PartsOf = (progress: RemediationParts['progress']) => Promise<RemediationParts>;

type Mode = 'dry-run' | 'run';
type Step = (parts: RemediationParts, control: StepControl) => Promise<Incident>;

const PROGRESS = 2;

/** Stages in which a restart can leave an incident at this node. */
const UNFINISHED: Record<Mode, readonly Stage[]> = {
    'dry-run': ['diagnosed', 'planned'],
    run: ['approved', 'running', 'verifying'],
};

/** Works on incidents, a few at a time, and puts each on its output at its end. */
export class Workbench {
    private readonly active = new Map<string, { cancel: AbortController; step: Promise<void> }>();
    private readonly slots: Slots;
    private load = { running: 0, waiting: 0 };
    private recovering?: Incidents;
    private trouble?: FixError;

    constructor(
        private readonly context: Pick<NodeContext<never>, 'RED' | 'node' | 'status' | 'closing' | 'report'>,
        private readonly mode: Mode,
        private readonly partsOf: PartsOf,
        concurrency: number,
    ) {
        this.slots = new Slots(concurrency, (running, waiting) => {
            this.load = { running, waiting };
            this.show();
        });
    }

    /** A message came in: a fix to work on, or, with `cancel` or the topic "cancel", one to stop. */
    async take(msg: IncidentMessage, send: Send): Promise<void> {
        const id = incidentIdOf(msg);
        if (msg.cancel === true || msg.topic === 'cancel') return this.cancel(id);
        const { mode } = this;
        await this.work(id, msg, send, (parts, control) =>
            (mode === 'run' ? executeFix : makePlan)(parts, id, control),
        );
    }

    up(incidents: Incidents): void {
        if (this.trouble?.code === 'STORE_DOWN') this.trouble = undefined;
        this.show();
        if (this.recovering === incidents) return;
        this.recovering = incidents;
        const { node, closing, report, RED } = this.context;
        const send: Send = (messages) => node.send(messages);
        const message = (): IncidentMessage => ({ _msgid: RED.util.generateId() });
        recover(
            incidents,
            {
                node: node.id,
                stages: UNFINISHED[this.mode],
                active: (id) => this.active.has(id),
                resume: async (incident) => {
                    node.log(`carries on with ${incident.id}, stage ${incident.stage}`);
                    const step: Step = (parts, control) =>
                        this.mode === 'run'
                            ? recoverRun(parts, incident, control)
                            : makePlan(parts, incident.id, control);
                    this.work(incident.id, message(), send, step).catch((thrown: unknown) => {
                        noteFailedStep(incident.id, thrown);
                        report(thrown);
                    });
                },
                emit: (incident, port) => send(onPort(port, withIncident(message(), incident, fixText(incident)))),
                report,
            },
            closing,
        );
    }

    down(error: FixError): void {
        if (this.trouble?.code !== error.code) this.context.report(error);
        this.trouble = error;
        this.show();
    }

    programMissing(thrown: unknown): void {
        this.trouble = asFixError(thrown);
        this.context.report(this.trouble);
    }

    /** Resolves when every step has been left, after the node began to close. */
    async left(): Promise<void> {
        await Promise.all([...this.active.values()].map(({ step }) => step));
    }

    private cancel(id: string): void {
        const work = this.active.get(id);
        if (!work) {
            throw new FixError('STAGE_WRONG', `Nothing of incident ${id} is under way at this node.`, {
                field: 'msg.cancel',
                cure: 'Send the cancel message to the ansible-exec node that runs the fix.',
            });
        }
        work.cancel.abort();
    }

    private async work(id: string, msg: IncidentMessage, send: Send, step: Step): Promise<void> {
        if (this.active.has(id))
            throw new FixError('ALREADY_RUN', `This node works on incident ${id} already.`, {
                field: 'msg.incident.id',
            });
        const cancel = new AbortController();
        const working = this.inSlot(msg, send, step, { cancel: cancel.signal, leave: this.context.closing });
        this.active.set(id, { cancel, step: working.catch(() => undefined) });
        try {
            await working;
        } catch (thrown) {
            if (!this.context.closing.aborted) throw thrown;
        } finally {
            this.active.delete(id);
        }
    }

    private async inSlot(msg: IncidentMessage, send: Send, step: Step, control: StepControl): Promise<void> {
        const { RED } = this.context;
        const progress = (incident: Incident, text: string): void => {
            if (!this.context.closing.aborted)
                send(onPort(PROGRESS, withIncident(RED.util.cloneMessage(msg), incident, text)));
        };
        const parts = await this.partsOf(undisturbed(progress, this.context.report));
        const incident = await this.slots.run(this.context.closing, () => step(parts, control));
        if (this.trouble?.code === 'ANSIBLE_MISSING' && incident.run) this.trouble = undefined;
        send(onPort(incident.flow.port ?? NOT_SUCCEEDED, withIncident(msg, incident, fixText(incident))));
    }

    private show(): void {
        const { status, closing } = this.context;
        const { running, waiting } = this.load;
        if (closing.aborted) return;
        if (this.trouble) status.failed(this.trouble.code);
        else if (running > 0)
            status.busy(waiting > 0 ? `${running} running, ${waiting} waiting` : `${running} running`);
        else status.ready(`ansible-exec.status.${this.mode}`);
    }
}

function onPort(port: number, msg: IncidentMessage): (IncidentMessage | null)[] {
    return [0, 1, 2].map((output) => (output === port ? msg : null));
}
