import { monotonicMs } from '../clock';
import type { AlertingRules, AlertMemory } from '../diagnosis/ports';
import type { LabelNames } from '../incident/summary';
import { firingAlerts, type Incident } from '../model/incident';
import { STAGES } from '../model/stage';
import type { Incidents } from '../store/incidents';
import type { ListPlace } from '../store/port';
import { type JoinOutcome, joining, type Notification } from './join';

/** How often is asked. */
const LOOK_MS = 60_000;
/** An end is missed when the sender has not told it for so long: twice the usual `group_interval`. */
const MISSED_MS = 600_000;
/** Looks that are further apart, because those between failed, do not show that it was so all the time. */
const LONGEST_GAP_MS = 3 * LOOK_MS;
/** Incidents read at a time. */
const PAGE = 100;

const NOT_CLOSED = STAGES.filter((stage) => stage !== 'closed');

/** An incident none of whose alerts is there, and who says so. */
interface Gone {
    incident: Incident;
    asked: NonNullable<Notification['asked']>;
}

/** What became of an incident whose end was missed. */
export interface MissedEnd {
    kind: Exclude<JoinOutcome, 'refired'>;
    incident: Incident;
}

export interface MissedEndsParts {
    incidents: Incidents;
    alerts: AlertMemory;
    /** Asked where the alerts were forgotten. */
    rules: AlertingRules;
    /** Id of the node that took the alerts; only its incidents are asked about. */
    node: string;
    names: LabelNames;
}

/**
 * Finds incidents whose end Alertmanager never told. It does not tell the end of what, for all it knows, it never told
 * the beginning of: a notification that it gave up on after its time-out although it was taken. So it is asked. One
 * that was started after it last told of an incident has forgotten the alerts; then the rules that they came from must
 * find nothing, too.
 */
export class MissedEnds {
    /** Since when none of an incident's alerts is there, on the clock that never jumps. */
    private readonly goneSince = new Map<string, number>();
    private lookedAt = -Infinity;
    private answeredAt = -Infinity;

    constructor(private readonly parts: MissedEndsParts) {}

    /**
     * Asks once a minute, however often it is called, and resolves the incidents that have been gone for long; `tell`
     * hears of each. Answers whether it was time to ask. Rejects with `ALERTMANAGER_DOWN` or `STORE_DOWN`, and with
     * `PROMETHEUS_DOWN` or `PROMETHEUS_REJECTED` once those are resolved for which no rules need to be asked: then the
     * next look asks again.
     */
    async look(tell: (end: MissedEnd) => void, signal: AbortSignal): Promise<boolean> {
        const now = monotonicMs();
        if (now - this.lookedAt < LOOK_MS) return false;
        this.lookedAt = now;
        const { gone, trouble } = await this.gone(signal);
        if (now - this.answeredAt > LONGEST_GAP_MS) this.goneSince.clear();
        this.answeredAt = now;
        for (const id of this.goneSince.keys())
            if (!gone.some(({ incident }) => incident.id === id)) this.goneSince.delete(id);
        for (const one of gone) {
            const { incident } = one;
            const since = this.goneSince.get(incident.id) ?? now;
            this.goneSince.set(incident.id, since);
            if (now - since >= MISSED_MS && (await this.haveCleared(incident, signal))) tell(await this.end(one));
        }
        if (trouble !== undefined) throw trouble;
        return true;
    }

    /** Incidents with alerts that fire, none of which Alertmanager has, though it should. */
    private async gone(signal: AbortSignal): Promise<{ gone: Gone[]; trouble?: unknown }> {
        const candidates = await this.candidates();
        if (candidates.length === 0) return { gone: [] };
        const firing = new Set((await this.parts.alerts.firing({}, signal)).map(({ fingerprint }) => fingerprint));
        const absent = candidates.filter(
            (incident) => !firingAlerts(incident).some(({ fingerprint }) => firing.has(fingerprint)),
        );
        if (absent.length === 0) return { gone: [] };
        const remembersFrom = await this.parts.alerts.since(signal);
        const isForgotten = ({ notifiedAt, openedAt }: Incident): boolean =>
            remembersFrom > new Date(notifiedAt ?? openedAt);
        const gone = absent
            .filter((incident) => !isForgotten(incident))
            .map((incident): Gone => ({ incident, asked: 'alertmanager' }));
        try {
            const quiet = await this.withoutActiveRule(absent.filter(isForgotten), signal);
            return { gone: [...gone, ...quiet.map((incident): Gone => ({ incident, asked: 'rules' }))] };
        } catch (trouble) {
            return { gone, trouble };
        }
    }

    private async withoutActiveRule(incidents: readonly Incident[], signal: AbortSignal): Promise<Incident[]> {
        if (incidents.length === 0) return [];
        const inactive = await this.parts.rules.inactive([...new Set(incidents.flatMap(ruleNames))], signal);
        return incidents.filter((incident) => ruleNames(incident).every((name) => inactive.has(name)));
    }

    private async candidates(): Promise<Incident[]> {
        const { incidents, node } = this.parts;
        const found: Incident[] = [];
        for (let before: ListPlace | undefined, more = true; more; ) {
            const page = await incidents.store.list({ stages: NOT_CLOSED, limit: PAGE, ...(before && { before }) });
            found.push(
                ...page
                    .map(({ incident }) => incident)
                    .filter(
                        (incident) =>
                            incident.source.node === node &&
                            incident.source.dialect === 'alertmanager' &&
                            firingAlerts(incident).length > 0,
                    ),
            );
            before = page.at(-1)?.incident;
            more = page.length === PAGE;
        }
        return found;
    }

    /** Asks for exactly these alerts; fails while Alertmanager may not yet have been told of them again. */
    private async haveCleared(incident: Incident, signal: AbortSignal): Promise<boolean> {
        const states = await this.parts.alerts.states(firingAlerts(incident), signal);
        return [...states.values()].every((state) => state === 'cleared');
    }

    /** As if the sender had told it now. An alert that began anew meanwhile fires on. */
    private async end({ incident: gone, asked }: Gone): Promise<MissedEnd> {
        const { incidents, names } = this.parts;
        const alerts = firingAlerts(gone).map((alert) => ({ ...alert, status: 'resolved' as const }));
        let kind: MissedEnd['kind'] = 'duplicate';
        const incident = await incidents.change(gone.id, (known, now) => {
            const { outcome, ...change } = joining({ alerts, asked }, names)(known, now);
            kind = outcome === 'refired' ? 'duplicate' : outcome;
            return change;
        });
        this.goneSince.delete(gone.id);
        return { kind, incident };
    }
}

function ruleNames(incident: Incident): string[] {
    return firingAlerts(incident).map(({ labels }) => labels.alertname ?? '');
}
