import type { FixError } from '../core/errors';
import type { Incident } from '../core/model/incident';
import type { Stage } from '../core/model/stage';
import type { Incidents } from '../core/store/incidents';
import type { Status } from './status';

/** What a step gets from the desk. */
export interface Step {
    /** Aborted when somebody cancels the step. */
    cancel: AbortSignal;
    /** Runs the costly part of the step, when fewer than the allowed number do. */
    inSlot<Result>(work: () => Promise<Result>): Promise<Result>;
    /** Puts the incident on another output while the step goes on. */
    show(output: number, incident: Incident, text: string): void;
}

/** Does one step of an incident; answers the incident to put on the output of its flow position, or none. */
export type Work = (step: Step) => Promise<Incident | undefined>;

/** What distinguishes one node's steps from another's. */
export interface StepKind {
    /** Number of outputs of the node. */
    outputs: number;
    /** Stages in which a crash or a restart can leave an incident at this node. */
    stages: readonly Stage[];
    /** Pieces of work in a slot at a time. */
    concurrency: number;
    /** Why a message for an incident that this node works on is refused. */
    busy(incidentId: string): FixError;
    /** Goes on with a step that a crash or a restart interrupted. */
    resume(incidents: Incidents, incident: Incident, step: Step): Promise<Incident | undefined>;
    /** Text for `msg.payload`. */
    text(incident: Incident): string;
    /** The status while nothing runs and nothing is wrong. */
    idle(status: Status): void;
    /** Is the incident known to have arrived behind the output it was put on? */
    arrived?(incident: Incident): boolean;
}
