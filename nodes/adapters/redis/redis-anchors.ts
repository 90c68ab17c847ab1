import { type Anchor, storedAnchor } from '../../core/signing/anchor';
import type { AnchorLog } from '../../core/store/anchor-log';
import type { Connection } from './connection';
import type { Keys } from './keys';
import { runScript } from './scripts';

/** The anchors, with an index of which one names an incident up to which version; all in one slot. */
export class RedisAnchors implements AnchorLog {
    constructor(
        private readonly connection: () => Connection,
        private readonly keys: Keys,
    ) {}

    async newest(): Promise<Anchor | undefined> {
        const [anchor] = anchorsOf(
            await this.connection().ask((client) => client.zrevrange(this.keys.anchors, 0, 0, 'WITHSCORES')),
        );
        return anchor;
    }

    async append(anchor: Anchor): Promise<boolean> {
        const { seq, heads, removed } = anchor;
        const args = [
            seq,
            JSON.stringify(anchor),
            heads.length,
            ...heads.flatMap(({ incident, version }) => [incident, version]),
            ...removed.map(({ incident }) => incident),
        ];
        const { anchors, anchored } = this.keys;
        return (
            (await this.connection().ask((client) => runScript(client, 'append-anchor', [anchors, anchored], args))) ===
            1
        );
    }

    async read(after: number, limit: number): Promise<Anchor[]> {
        return anchorsOf(
            await this.connection().ask((client) =>
                client.zrangebyscore(this.keys.anchors, `(${after}`, '+inf', 'WITHSCORES', 'LIMIT', 0, limit),
            ),
        );
    }

    async naming(incident: string): Promise<Anchor | undefined> {
        const indexed = await this.connection().ask((client) => client.hget(this.keys.anchored, incident));
        const seq = Number(indexed?.split(' ')[1]);
        if (!Number.isInteger(seq)) return undefined;
        const [anchor] = anchorsOf(
            await this.connection().ask((client) => client.zrangebyscore(this.keys.anchors, seq, seq, 'WITHSCORES')),
        );
        return anchor;
    }

    async drop(first: number): Promise<void> {
        await this.connection().ask((client) => client.zremrangebyscore(this.keys.anchors, '-inf', `(${first}`));
    }

    /** Up to which version an anchor names each of these incidents; 0 when none does. */
    async versions(incidents: readonly string[]): Promise<number[]> {
        if (incidents.length === 0) return [];
        const indexed = await this.connection().ask((client) => client.hmget(this.keys.anchored, ...incidents));
        return indexed.map((text) => Number(text?.split(' ')[0] ?? 0));
    }
}

/** Anchors from members and scores in turn. */
function anchorsOf(answer: readonly string[]): Anchor[] {
    return answer.flatMap((text, index) => (index % 2 === 0 ? [storedAnchor(Number(answer[index + 1]), text)] : []));
}
