import type { Clock } from '../clock';
import { FixError } from '../errors';
import type { Incident } from '../model/incident';
import { requireNextStage } from '../model/stage';
import { chain, type NewTimelineEntry, type TimelineEntry } from '../model/timeline';
import { redactDeep } from '../text/redact';
import { type ReportThrown, undisturbed } from '../undisturbed';
import { Lines } from './lines';
import type { IncidentStore, StoredIncident } from './port';

/** What a rule makes of an incident: the new state and what to write down about it. */
export interface Change {
    incident: Incident;
    /** Empty: nothing changed, nothing is written. */
    entries: NewTimelineEntry[];
}

/** A pure function of the stored incident. Throws a {@link FixError} to refuse. */
export type Rule = (incident: Incident, now: Date) => Change;

/**
 * Told of each transition after it is written; `before` is absent for a new incident. Must not wait for a change. What it
 * throws is reported: the transition is written, and stays.
 */
export type CommitObserver = (after: Incident, entries: readonly TimelineEntry[], before?: Incident) => void;

/** Tries before a change gives up to busier writers in other processes. */
const MAX_TRIES = 20;
/** Most rules that are applied in one write; they hold up all else while they are. */
const MOST_TOGETHER = 20;

/** What a rule made of an incident. */
interface Transition extends Change {
    before: Incident;
}

type Applied = PromiseSettledResult<Transition>;

/**
 * The one way incidents change: read, apply a pure rule, write with the version it was read at, again on
 * conflict. A rule therefore always decides on the newest state, and each transition happens once. Changes of one
 * incident that
 * come while it is being written wait and are written together, so only another process conflicts.
 */
export class Incidents {
    private readonly lines = new Lines(
        (id: string, rules: readonly Rule[]) => this.changeNow(id, rules),
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

    /** Applies `rule` atomically and answers the incident as it is then. Throws what the rule throws. */
    change(id: string, rule: Rule): Promise<Incident> {
        return this.lines.add(id, rule);
    }

    private async changeNow(id: string, rules: readonly Rule[]): Promise<PromiseSettledResult<Incident>[]> {
        for (let attempt = 0; attempt < MAX_TRIES; attempt += 1) {
            const stored = await this.get(id);
            const applied = this.apply(stored.incident, rules);
            const transitions = applied.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
            if (await this.writeAll(stored, transitions)) return applied.map(answer);
        }
        throw new FixError('STORE_CONFLICT', `Incident ${id} changed too often to be written.`, {
            cure: 'Try again; if it stays, look for two flows that handle the same incident.',
        });
    }

    /** Each rule decides on what those before it made of the incident; one that refuses leaves it as it was. */
    private apply(stored: Incident, rules: readonly Rule[]): Applied[] {
        let before = stored;
        return rules.map((rule): Applied => {
            try {
                const { incident, entries } = rule(before, this.clock());
                const transition = {
                    before,
                    incident: entries.length === 0 ? before : this.stamp(incident, before),
                    entries,
                };
                before = transition.incident;
                return { status: 'fulfilled', value: transition };
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

    /** Writes the transitions in one commit, if any of them says something; false when somebody else was faster. */
    private async writeAll(stored: StoredIncident, transitions: readonly Transition[]): Promise<boolean> {
        const entries = transitions.flatMap((transition) => transition.entries);
        const last = transitions.at(-1);
        if (!last || entries.length === 0) return true;
        const chained = await this.write(stored, last.incident, entries);
        if (!chained) return false;
        let seen = 0;
        for (const {
            before,
            incident,
            entries: { length },
        } of transitions) {
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
            entries.map((entry) => redactDeep(entry)),
        );
        const written = await this.store.commit({ expectedVersion: version, incident, entries: chained });
        return written ? chained : undefined;
    }
}

function answer(applied: Applied): PromiseSettledResult<Incident> {
    return applied.status === 'fulfilled' ? { status: 'fulfilled', value: applied.value.incident } : applied;
}
