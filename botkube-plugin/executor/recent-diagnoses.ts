import type { Incident } from '../../nodes/core/model/incident';

const MOST = 200;
const KEPT_MS = 60 * 60_000;

/** Diagnoses of alerts that are in no store, so that the same alert is not paid for twice. */
export class RecentDiagnoses {
    private readonly known = new Map<string, { incident: Incident; at: number }>();

    get(key: string, now: Date): Incident | undefined {
        const found = this.known.get(key);
        return found && now.getTime() - found.at < KEPT_MS ? found.incident : undefined;
    }

    set(key: string, incident: Incident, now: Date): void {
        this.known.delete(key);
        this.known.set(key, { incident, at: now.getTime() });
        const [oldest] = this.known.keys();
        if (this.known.size > MOST && oldest !== undefined) this.known.delete(oldest);
    }

    /** The newest diagnosis that was made for this incident id. */
    byId(id: string, now: Date): Incident | undefined {
        return [...this.known.values()]
            .reverse()
            .find(({ incident, at }) => incident.id === id && now.getTime() - at < KEPT_MS)?.incident;
    }
}
