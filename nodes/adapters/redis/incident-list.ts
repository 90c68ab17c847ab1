import type { ListPlace, ListQuery, StoredHead, StoredIncident } from '../../core/store/port';
import type { Connection } from './connection';
import type { IncidentIndex } from './incident-index';
import type { Keys } from './keys';
import type { RedisAnchors } from './redis-anchors';

/** Incidents read at once, so that a long list does not fill the connection. */
const READ_PORTION = 500;

interface Sources {
    connection: Connection;
    keys: Keys;
    index: IncidentIndex;
    anchors: RedisAnchors;
    read(id: string): Promise<StoredIncident | undefined>;
}

/** Incidents and their heads page by page: the index names them, the incidents themselves say how they stand. */
export class IncidentList {
    constructor(private readonly from: Sources) {}

    /** Newest first. */
    async list({ stages, limit = 100, before }: ListQuery): Promise<StoredIncident[]> {
        const ids = await this.from.index.candidates(stages, limit, before);
        const found: StoredIncident[] = [];
        for (let start = 0; start < ids.length; start += READ_PORTION) {
            const portion = await Promise.all(ids.slice(start, start + READ_PORTION).map((id) => this.from.read(id)));
            found.push(...portion.filter((stored) => stored !== undefined));
        }
        return found
            .filter(({ incident }) => stages === undefined || stages.includes(incident.stage))
            .filter(({ incident }) => before === undefined || newestFirst(incident, before) > 0)
            .sort((a, b) => newestFirst(a.incident, b.incident))
            .slice(0, limit);
    }

    /** Oldest first. */
    async heads(after: ListPlace | undefined, limit: number): Promise<StoredHead[]> {
        const { connection, keys, index, anchors } = this.from;
        const places = await index.placesAfter(after, limit);
        const [stored, anchored] = await Promise.all([
            connection.ask((client) =>
                Promise.all(places.map(({ id }) => client.hmget(keys.incident(id), 'version', 'head'))),
            ),
            anchors.versions(places.map(({ id }) => id)),
        ]);
        return places.map(({ id, updatedAt }, at) => {
            const [version, head] = stored[at] ?? [];
            return {
                incident: id,
                updatedAt,
                version: Number(version ?? 0),
                head: head ?? '',
                anchored: anchored[at] ?? 0,
            };
        });
    }
}

function newestFirst(a: ListPlace, b: ListPlace): number {
    if (a.updatedAt !== b.updatedAt) return a.updatedAt < b.updatedAt ? 1 : -1;
    return a.id < b.id ? 1 : -1;
}
