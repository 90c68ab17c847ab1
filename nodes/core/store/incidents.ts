import type { Clock } from '../clock';
import { FixError } from '../errors';
import type { Incident } from '../model/incident';
import { requireNextStage } from '../model/stage';
import { chain, type NewTimelineEntry, type TimelineEntry } from '../model/timeline';
import { wellFormed } from '../text/json';
import { redactDeep } from '../text/redact';
import { type ReportThrown, undisturbed } from '../undisturbed';
import { Lines } from './lines';
import type { IncidentStore, StoredIncident } from './port';

/** What a transition makes of an incident: the new state and what to write down about it. */
export interface Change {
    incident: Incident;
    /** Empty: nothing changed, nothing is written. */
    entries: NewTimelineEntry[];
}

/**
 * One step in the life of an incident: a pure function of its stored state and the time. Throws a {@link FixError} to
 * refuse. Transitions are named after what happens: `opening`, `expiring`, `startingRun`.
 */
export type Transition = (incident: Incident, now: Date) => Change;

/**
 * Called with each transition after it is written; `before` is absent for a new incident. Must not wait for a change.
 * What it throws is reported: the transition is written, and stays.
 */
export type CommitObserver = (after: Incident, entries: readonly TimelineEntry[], before?: Incident) => void;

/** Attempts before a change gives up to busier writers in other processes. */
const MAX_TRIES = 20;
/** Maximum number of transitions in one write; they hold up all else while they are applied. */
const MOST_TOGETHER = 20;

/** What a transition made of an incident. */
interface Applied extends Change {
    before: Incident;
}

type Attempt = PromiseSettledResult<Applied>;

/**
 * The one way incidents change: read, apply a transition, write with the version it was read at, again on
 * conflict. A transition therefore always decides on the newest state, and happens once. Changes of one incident that
 * come while it is being written wait and are written together, so only another process conflicts.
 */
export class Incidents {
    private readonly lines = new Lines(
        (id: string, transitions: readonly Transition[]) => this.changeNow(id, transitions),
        MOST_TOGETHER,
    );

    private readonly observe: CommitObserver;

    /** `report` as for {@link undisturbed}. */
    constructor(
        readonly store: IncidentStore,
        private readonly clock: Clock,
        observe: CommitObserver = () => undefined,
        report?: ReportThrown,
    ) {
        this.observe = undisturbed(observe, report);
    }

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
        const chained = await this.write({ version: 0, head: '' }, incident, entries);
        if (chained) this.observe(incident, chained);
        return chained !== undefined;
    }

    /** Makes the transition atomically and returns the incident as it is then. Throws what the transition throws. */
    change(id: string, transition: Transition): Promise<Incident> {
        return this.lines.add(id, transition);
    }

    private async changeNow(id: string, transitions: readonly Transition[]): Promise<PromiseSettledResult<Incident>[]> {
        for (let attempt = 0; attempt < MAX_TRIES; attempt += 1) {
            const stored = await this.get(id);
            const attempts = this.apply(stored.incident, transitions);
            const applied = attempts.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
            if (await this.writeAll(stored, applied)) return attempts.map(answer);
        }
        throw new FixError('STORE_CONFLICT', `Incident ${id} changed too often to be written.`, {
            cure: 'Try again; if it stays, look for two flows that handle the same incident.',
        });
    }

    /** Each decides on what those before it made of the incident; one that refuses leaves it as it was. */
    private apply(stored: Incident, transitions: readonly Transition[]): Attempt[] {
        let before = stored;
        return transitions.map((transition): Attempt => {
            try {
                const { incident, entries } = transition(before, this.clock());
                const applied = {
                    before,
                    incident: entries.length === 0 ? before : this.stamp(incident, before),
                    entries,
                };
                before = applied.incident;
                return { status: 'fulfilled', value: applied };
            } catch (reason) {
                return { status: 'rejected', reason };
            }
        });
    }

    private stamp(after: Incident, before: Incident): Incident {
        const updatedAt = this.clock().toISOString();
        if (after.stage === before.stage) return { ...after, updatedAt };
        requireNextStage(before.id, before.stage, after.stage);
        return { ...after, updatedAt, stageSince: updatedAt };
    }

    /** Writes what was applied in one commit, if anything is to be written down; false when somebody else was faster. */
    private async writeAll(stored: StoredIncident, applied: readonly Applied[]): Promise<boolean> {
        const entries = applied.flatMap((one) => one.entries);
        const last = applied.at(-1);
        if (!last || entries.length === 0) return true;
        const chained = await this.write(stored, last.incident, entries);
        if (!chained) return false;
        let seen = 0;
        for (const {
            before,
            incident,
            entries: { length },
        } of applied) {
            if (length > 0) this.observe(incident, chained.slice(seen, seen + length), before);
            seen += length;
        }
        return true;
    }

    /** The entries as they were chained and written; undefined when the stored version is another. */
    private async write(
        { version, head }: Pick<StoredIncident, 'version' | 'head'>,
        incident: Incident,
        entries: readonly NewTimelineEntry[],
    ): Promise<TimelineEntry[] | undefined> {
        const chained = chain(
            incident.id,
            { seq: version, hash: head },
            this.clock().toISOString(),
            entries.map((entry) => wellFormed(redactDeep(entry))),
        );
        const written = await this.store.commit({ expectedVersion: version, incident, entries: chained });
        return written ? chained : undefined;
    }
}

function answer(attempt: Attempt): PromiseSettledResult<Incident> {
    return attempt.status === 'fulfilled' ? { status: 'fulfilled', value: attempt.value.incident } : attempt;
}
