import { personOf } from '../approval/refusals';
import { DIAGNOSABLE } from '../diagnosis/transitions';
import { FixError } from '../errors';
import { NO_INSTANCE } from '../incident/flow';
import type { Identity } from '../model/identity';
import { firingAlerts, type Incident } from '../model/incident';
import { isEnded } from '../model/stage';
import type { Transition } from '../store/incidents';

/** The output of `alert-in` for new incidents. */
const NEW_INCIDENT = 0;

/**
 * True when a person may have the incident diagnosed again: it ended without success, is not `unknown`, and its alerts
 * fire.
 */
export function mayReopen(incident: Incident): boolean {
    return isReopenable(incident) && firingAlerts(incident).length > 0;
}

/** What {@link reopening} is told of the ending that the person saw: when that stage was entered, ISO 8601. */
export function endedSince({ stageSince, openedAt }: Incident): string {
    return stageSince ?? openedAt;
}

/**
 * Makes an incident that ended as if its alerts had just come: `open`, and put before the first output of the
 * `alert-in` that took
 * it, by a process that does not live, so that the node's recovery sends it on, once. What the earlier round left
 * (diagnosis, plan, seal, approval, run, verification) goes; the timeline keeps it. `by` is who asked for what comes of
 * it. `since`: what {@link endedSince} gave when `by` looked; of two clicks on the same ending one counts. Throws
 * `STAGE_WRONG` or `ALERT_NOT_FIRING`.
 */
export function reopening(by: Identity, since: string): Transition {
    return (incident) => {
        requireReopenable(incident, since);
        const {
            diagnosis: _diagnosis,
            plan: _plan,
            draft: _draft,
            seal,
            approval: _approval,
            run: _run,
            verification: _verification,
            reason: _reason,
            ...rest
        } = incident;
        return {
            incident: {
                ...rest,
                stage: 'open',
                requestedBy: by,
                flow: { node: incident.source.node, state: 'sent', port: NEW_INCIDENT, instance: NO_INSTANCE },
            },
            entries: [
                {
                    type: 'incident.reopened',
                    by,
                    text: `${personOf(by)} has it diagnosed again; it was ${incident.stage}.`,
                    data: { stage: incident.stage, ...(seal === undefined ? {} : { seal: seal.digest }) },
                },
            ],
        };
    };
}

function isReopenable({ stage }: Incident): boolean {
    return isEnded(stage) && DIAGNOSABLE.includes(stage);
}

function requireReopenable(incident: Incident, since: string): void {
    const { id, stage } = incident;
    if (!isReopenable(incident)) {
        throw new FixError('STAGE_WRONG', `Incident ${id} is ${stage}; it is not diagnosed again now.`, {
            field: 'incident.stage',
            cure:
                stage === 'unknown'
                    ? 'Look at the hosts; the incident is closed when its alerts resolve.'
                    : 'Nothing to do, unless it ends without success while its alerts fire.',
        });
    }
    if (endedSince(incident) !== since) {
        throw new FixError('STAGE_WRONG', `Incident ${id} has been diagnosed again since you looked.`, {
            field: 'since',
            cure: 'Look at its newest state.',
        });
    }
    if (firingAlerts(incident).length === 0) {
        throw new FixError('ALERT_NOT_FIRING', `No alert of incident ${id} fires any more.`, {
            field: 'alerts',
            cure: 'Nothing to do; when it fires again, a new incident is opened.',
        });
    }
}
