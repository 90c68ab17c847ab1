import type { Stage } from '../../core/model/stage';
import type { ListPlace, ListQuery, StoredHead, StoredIncident } from '../../core/store/port';
import type { Connection } from './connection';
import { headOf, storedIncident } from './rows';

/** Stands before every incident of a list: it sorts after every ISO 8601 time. */
const TOP: ListPlace = { updatedAt: '~', id: '' };

/** Which incidents there are: by update, by stage, by flow position. */
export class IncidentList {
    constructor(private readonly connection: Connection) {}

    async list({ stages, limit = 100, before = TOP }: ListQuery): Promise<StoredIncident[]> {
        const page = { before: before.updatedAt, beforeId: before.id, limit };
        const rows = this.connection.query(({ sql }) =>
            stages ? sql.listStages.all({ stages: JSON.stringify(stages), ...page }) : sql.list.all(page),
        );
        return rows.map(storedIncident);
    }

    async heads(after: ListPlace | undefined, limit: number): Promise<StoredHead[]> {
        const page = { after: after?.updatedAt ?? '', afterId: after?.id ?? '', limit };
        return this.connection
            .query(({ sql }) => sql.heads.all(page))
            .map((row) => ({
                ...headOf(row),
                updatedAt: String(row.updated_at),
                anchored: Number(row.anchored),
            }));
    }

    async idsLeftAt(node: string, stages: readonly Stage[], instance: string): Promise<string[]> {
        const rows = this.connection.query(({ sql }) =>
            sql.idsLeftAt.all({ node, stages: JSON.stringify(stages), instance }),
        );
        return rows.map(({ id }) => String(id));
    }

    async countByStage(): Promise<Partial<Record<Stage, number>>> {
        const rows = this.connection.query(({ sql }) => sql.countByStage.all());
        return Object.fromEntries(rows.map((row) => [String(row.stage), Number(row.count)]));
    }
}
