import { type Anchor, storedAnchor } from '../../core/signing/anchor';
import type { AnchorLog } from '../../core/store/anchor-log';
import type { Connection } from './connection';
import type { Row } from './rows';

/** The anchors, with an index of which one names an incident up to which version. */
export class SqliteAnchors implements AnchorLog {
    constructor(private readonly connection: Connection) {}

    async newest(): Promise<Anchor | undefined> {
        const row = this.connection.query(({ sql }) => sql.newestAnchor.get());
        return row && anchorOf(row);
    }

    append(anchor: Anchor): Promise<boolean> {
        return this.connection.write(({ sql }) => {
            const { seq, heads, removed } = anchor;
            if (sql.appendAnchor.run({ seq, body: JSON.stringify(anchor) }).changes !== 1) return false;
            for (const { incident, version } of heads) sql.markAnchored.run({ incident, version, seq });
            for (const { incident } of removed) sql.forgetAnchored.run({ incident });
            return true;
        });
    }

    async read(after: number, limit: number): Promise<Anchor[]> {
        return this.connection.query(({ sql }) => sql.readAnchors.all({ after, limit })).map(anchorOf);
    }

    async naming(incident: string): Promise<Anchor | undefined> {
        const row = this.connection.query(({ sql }) => sql.anchorNaming.get({ incident }));
        return row && anchorOf(row);
    }

    async drop(first: number): Promise<void> {
        await this.connection.write(({ sql }) => sql.dropAnchors.run({ first }));
    }
}

function anchorOf(row: Row): Anchor {
    return storedAnchor(Number(row.seq), String(row.body));
}
