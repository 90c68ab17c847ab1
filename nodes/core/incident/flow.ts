import type { FlowPosition, Incident } from '../model/incident';
import type { Transition } from '../store/incidents';

/** Instance in a flow position that no process wrote: the next look of the node's recovery takes it up. */
export const NO_INSTANCE = 'none';

/** The transition, with the incident's place in the flow. Nothing changes when the transition changes nothing. */
export function movingTo(position: FlowPosition, transition: Transition): Transition {
    return (incident, now) => {
        const change = transition(incident, now);
        if (change.entries.length === 0) return change;
        return { ...change, incident: { ...change.incident, flow: position } };
    };
}

/**
 * Takes over an incident that another (or an earlier) process left at `left`; changes nothing when somebody
 * else was faster or it moved on.
 */
export function adopting(left: FlowPosition, position: FlowPosition): Transition {
    return (incident) => {
        if (!samePosition(incident.flow, left)) return { incident, entries: [] };
        return {
            incident: { ...incident, flow: position },
            entries: [
                {
                    type: 'flow.resumed',
                    by: `node:${position.node}`,
                    text:
                        left.instance === NO_INSTANCE
                            ? 'Sent into the flow again.'
                            : `Carried on after a restart, at stage ${incident.stage}.`,
                    data: { from: left.instance, to: position.instance, state: left.state },
                },
            ],
        };
    };
}

function samePosition(a: FlowPosition, b: FlowPosition): boolean {
    return a.node === b.node && a.state === b.state && a.instance === b.instance && a.port === b.port;
}

/** True when the incident stands where `position` says, written by that very process. */
export function standsAt(incident: Incident, position: FlowPosition): boolean {
    return samePosition(incident.flow, position);
}
