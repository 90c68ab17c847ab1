import type { Clock } from '../clock';
import { FixError } from '../errors';
import type { Incident } from '../incident/incident';
import { requireNextStage } from '../incident/stage';
import { redactDeep } from '../redact';
import type { IncidentStore, StoredIncident } from './port';
import { chain, type NewTimelineEntry, type TimelineEntry } from './timeline';
import { Turns } from './turns';

/** What a rule makes of an incident: the new state and what to write down about it. */
export interface Change {
    incident: Incident;
    /** Empty: nothing changed, nothing is written. */
    entries: NewTimelineEntry[];
}

/** A pure function of the stored incident. Throws a {@link FixError} to refuse. */
export type Rule = (incident: Incident, now: Date) => Change;

/** Told of each transition after it is written; `before` is absent for a new incident. Must not throw, nor wait for a change. */
export type CommitObserver = (after: Incident, entries: readonly TimelineEntry[], before?: Incident) => void;

/** Tries before a change gives up to busier writers in other processes. */
const MAX_TRIES = 20;

/**
 * The one way incidents change: read, apply a pure rule, write with the version it was read at, again on
 * conflict. A rule therefore always decides on the newest state, and each transition happens once. Changes of one incident
 * take turns here, so only another process conflicts.
 */
export class Incidents {
    private readonly turns = new Turns();

    constructor(
        readonly store: IncidentStore,
        private readonly clock: Clock,
        private readonly observe: CommitObserver = () => undefined,
    ) {}

    now(): Date {
        return this.clock();
    }

    /** The stored incident; throws `INCIDENT_UNKNOWN`. */
    async get(id: string): Promise<StoredIncident> {
        const stored = await this.store.read(id);
        if (stored) return stored;
        throw new FixError('INCIDENT_UNKNOWN', `There is no incident ${id} in the store.`, {
            field: 'msg.incident.id',
            cure: 'Start the flow with alert-in, and use the same incident store in every node.',
        });
    }

    /** Writes a new incident; false when the id is taken. */
    async create(incident: Incident, entries: NewTimelineEntry[]): Promise<boolean> {
        return this.write({ version: 0, head: '' }, { incident, entries });
    }

    /** Applies `rule` atomically and answers the incident as it is then. Throws what the rule throws. */
    change(id: string, rule: Rule): Promise<Incident> {
        return this.turns.take(id, () => this.changeNow(id, rule));
    }

    private async changeNow(id: string, rule: Rule): Promise<Incident> {
        for (let attempt = 0; attempt < MAX_TRIES; attempt += 1) {
            const stored = await this.get(id);
            const change = rule(stored.incident, this.clock());
            if (change.entries.length === 0) return stored.incident;
            const stamped = this.stamp(change.incident, stored.incident);
            if (await this.write(stored, { ...change, incident: stamped })) return stamped;
        }
        throw new FixError('STORE_CONFLICT', `Incident ${id} changed too often to be written.`, {
            cure: 'Try again; if it stays, look for two flows that handle the same incident.',
        });
    }

    private stamp(after: Incident, before: Incident): Incident {
        const updatedAt = this.clock().toISOString();
        if (after.stage === before.stage) return { ...after, updatedAt };
        requireNextStage(before.id, before.stage, after.stage);
        return { ...after, updatedAt, stageSince: updatedAt };
    }

    private async write(stored: Omit<StoredIncident, 'incident'> & { incident?: Incident }, change: Change): Promise<boolean> {
        const at = this.clock().toISOString();
        const entries = chain(
            change.incident.id,
            { seq: stored.version, hash: stored.head },
            at,
            change.entries.map((entry) => redactDeep(entry)),
        );
        const written = await this.store.commit({ expectedVersion: stored.version, incident: change.incident, entries });
        if (written) this.observe(change.incident, entries, stored.incident);
        return written;
    }
}
