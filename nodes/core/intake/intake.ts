import { FixError } from '../errors';
import type { LabelNames } from '../incident/summary';
import type { FlowPosition, Incident } from '../model/incident';
import type { Incidents } from '../store/incidents';
import { alertsOf, allOf, Claims, fires, type Holder } from './claims';
import { type Grouping, groupAlerts } from './grouping';
import { type JoinOutcome, joining } from './join';
import { heldUntil, open } from './open';
import type { AlertPayload } from './payload';

/** What a notification did to an incident. `held` and `duplicate` are written down (or known) and not to be sent on. */
export interface Effect {
    kind: 'new' | 'changed' | 'resolved' | 'held' | 'duplicate';
    incident: Incident;
}

export interface IntakeSettings {
    grouping: Grouping;
    /** Keeps senders apart that use the same group keys; equal in all instances that share the work. */
    scope: string;
    /** A group that fires again so soon after its last incident waits; seconds, 0 for none. */
    cooldownSeconds: number;
    /** New incidents a minute above which alerts go to one digest incident; 0 for no limit. */
    stormLimit: number;
    names: LabelNames;
}

export interface IntakeParts {
    incidents: Incidents;
    /** Id of the node that takes the alerts. */
    node: string;
    /** Id of this process, for the flow position. */
    instance: string;
    settings: IntakeSettings;
    /** Told when the store did not answer whether the incident was opened: it may be there, and nobody was sent it. */
    unsure?(incidentId: string, thrown: unknown): void;
}

/** Tries before a group that changes hands all the time is given back to the sender. */
const MAX_TRIES = 10;

/**
 * Takes notifications in. Each incident costs one claim, and one create (new) or one change (known); everything is
 * decided by compare-and-set in the store, so several instances may take the same notification at once.
 */
export class Intake {
    private readonly claims: Claims;

    constructor(private readonly parts: IntakeParts) {
        this.claims = new Claims(parts.incidents, parts.node, parts.settings);
    }

    /**
     * Resolves when all is in the store; `tell` hears of each incident as soon as it is, so that nothing is lost when
     * the store fails midway. Rejects with `STORE_DOWN`; the sender's retry joins what is already in.
     */
    async accept(payload: AlertPayload, tell: (effect: Effect) => void): Promise<void> {
        let groups = groupAlerts(payload, this.parts.settings.grouping, this.parts.settings.scope);
        for (let attempt = 0; attempt < MAX_TRIES && groups.length > 0; attempt += 1) {
            const holders = await this.claims.holders(groups);
            const again = await allOf(
                holders.map(async (holder) => {
                    const effect = await this.take(holder, payload);
                    if (effect === 'again') return holder.groups;
                    if (effect) tell(effect);
                    return [];
                }),
            );
            groups = again.flat();
        }
        if (groups.length === 0) return;
        throw new FixError('STORE_CONFLICT', 'The incidents of these alerts change hands too often.', {
            cure: 'Look for two alert-in nodes of different settings on one store.',
        });
    }

    private async take(holder: Holder, payload: AlertPayload): Promise<Effect | 'again' | undefined> {
        if (!holder.isNew) {
            const joined = await this.join(holder, payload);
            if (joined !== 'missing') return joined;
        }
        if (!holder.groups.some(fires)) return undefined;
        return (await this.open(holder, payload)) ?? 'again';
    }

    private async join(holder: Holder, payload: AlertPayload): Promise<Effect | 'again' | 'missing'> {
        const { incidents, settings } = this.parts;
        const { current } = holder.claim;
        const join = joining({ ...payload, alerts: alertsOf(holder) }, settings.names);
        let outcome = 'duplicate' as JoinOutcome;
        try {
            const incident = await incidents.change(current, (known, now) => {
                const decision = join(known, now);
                outcome = decision.outcome;
                return decision;
            });
            if (outcome !== 'refired') return { kind: outcome, incident };
            await allOf(holder.groups.map(({ groupKey }) => incidents.store.releaseGroup(groupKey, current)));
            return 'again';
        } catch (thrown) {
            if (thrown instanceof FixError && thrown.code === 'INCIDENT_UNKNOWN') return 'missing';
            throw thrown;
        }
    }

    /** Undefined when another instance was faster: then the incident is there to be joined. */
    private async open(holder: Holder, payload: AlertPayload): Promise<Effect | undefined> {
        const { incidents, node, instance, settings } = this.parts;
        const { current } = holder.claim;
        const previous = holder.isDigest ? undefined : holder.claim.previous;
        const now = incidents.now();
        const flow = await this.position(previous, now);
        const { incident, entries } = open(
            {
                id: current,
                groupKey: holder.isDigest ? this.claims.digestKey : (holder.groups[0]?.groupKey ?? ''),
                alerts: alertsOf(holder).filter(({ status }) => status === 'firing'),
                source: {
                    node,
                    dialect: payload.dialect,
                    receiver: payload.receiver,
                    ...(payload.externalURL === undefined ? {} : { externalURL: payload.externalURL }),
                },
                flow: { node, instance, ...flow },
                ...(previous === undefined ? {} : { previous }),
                ...(holder.isDigest ? { digest: true } : {}),
                truncated: payload.truncated,
            },
            now,
            settings.names,
        );
        const isOpened = await incidents.create(incident, entries).catch((thrown: unknown) => {
            this.parts.unsure?.(incident.id, thrown);
            throw thrown;
        });
        if (!isOpened) return undefined;
        return { kind: flow.state === 'held' ? 'held' : 'new', incident };
    }

    private async position(
        previousId: string | undefined,
        now: Date,
    ): Promise<Pick<FlowPosition, 'state' | 'port' | 'until'>> {
        const { incidents, settings } = this.parts;
        if (previousId !== undefined && settings.cooldownSeconds > 0) {
            const previous = await incidents.store.read(previousId);
            const until = previous && heldUntil(previous.incident, settings.cooldownSeconds, now);
            if (until) return { state: 'held', until: until.toISOString() };
        }
        return { state: 'sent', port: 0 };
    }
}
