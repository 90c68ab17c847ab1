import { FixError } from '../core/errors';
import type { Incident } from '../core/model/incident';
import type { Stage } from '../core/model/stage';
import { executeFix } from '../core/remediation/execute';
import { makePlan } from '../core/remediation/make-plan';
import type { RemediationParts, StepControl } from '../core/remediation/parts';
import { recoverRun } from '../core/remediation/recover-run';
import { fixText } from '../core/remediation/text';
import { undisturbed } from '../core/undisturbed';
import type { NodeContext, Send } from '../runtime/define-node';
import { type IncidentMessage, incidentIdOf } from '../runtime/message';
import { StepDesk } from '../runtime/step-desk';
import type { Step } from '../runtime/step-kind';

/** Makes the parts of a use case; `progress` is called with each step. */
export type PartsOf = (progress: RemediationParts['progress']) => Promise<RemediationParts>;

type Mode = 'dry-run' | 'run';
type UseCase = (parts: RemediationParts, control: StepControl) => Promise<Incident>;

const OUTPUTS = 3;
const PROGRESS = 2;

/** Stages in which a restart can leave an incident at this node. */
const UNFINISHED: Record<Mode, readonly Stage[]> = {
    'dry-run': ['diagnosed', 'planned'],
    run: ['approved', 'running', 'verifying'],
};

/** The steps of ansible-exec: each fix is planned or run, and put on the output for how that ended. */
export class FixSteps {
    readonly desk: StepDesk;

    /** `concurrency`: playbooks at a time. */
    constructor(
        private readonly context: Pick<NodeContext<never>, 'RED' | 'node' | 'status' | 'closing' | 'report'>,
        private readonly mode: Mode,
        private readonly partsOf: PartsOf,
        concurrency: number,
    ) {
        this.desk = new StepDesk(context, {
            outputs: OUTPUTS,
            stages: UNFINISHED[mode],
            concurrency,
            busy: (id) =>
                new FixError('ALREADY_RUN', `This node is already working on incident ${id}.`, {
                    field: 'msg.incident.id',
                }),
            resume: (_incidents, incident, step) =>
                this.work(step, (parts, control) =>
                    mode === 'run' ? recoverRun(parts, incident, control) : makePlan(parts, incident.id, control),
                ),
            text: fixText,
            idle: (status) => status.ready(`ansible-exec.status.${mode}`),
        });
    }

    /** A message came in: a fix to work on, or, with `cancel` or the topic "cancel", one to stop. */
    async take(msg: IncidentMessage, send: Send): Promise<void> {
        const id = incidentIdOf(msg);
        if (msg.cancel === true || msg.topic === 'cancel') return this.cancel(id);
        await this.desk.take(id, msg, send, (step) =>
            this.work(step, (parts, control) => (this.mode === 'run' ? executeFix : makePlan)(parts, id, control)),
        );
    }

    private cancel(id: string): void {
        if (this.desk.cancel(id)) return;
        throw new FixError('STAGE_WRONG', `This node is not working on incident ${id}.`, {
            field: 'msg.cancel',
            cure: 'Send the cancel message to the ansible-exec node that runs the fix.',
        });
    }

    private async work({ cancel, inSlot, show }: Step, useCase: UseCase): Promise<Incident> {
        const parts = await this.partsOf(
            undisturbed((incident: Incident, text: string) => show(PROGRESS, incident, text), this.context.report),
        );
        const incident = await inSlot(() => useCase(parts, { cancel, leave: this.context.closing }));
        if (incident.run) this.desk.setTrouble(undefined);
        return incident;
    }
}
