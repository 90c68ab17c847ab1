import { newNonce } from '../../core/incident/id';
import type { Incident } from '../../core/model/incident';
import { STAGES, type Stage } from '../../core/model/stage';
import type { ListPlace, StoredIncident } from '../../core/store/port';
import type { Client, Connection } from './connection';
import type { Keys } from './keys';
import { runScript } from './scripts';

/** A transition that takes longer was left unindexed by a process that died. */
const LEFT_BEHIND_MS = 10_000;

/** What marks a transition from before it is written until it is indexed. */
export interface Mark {
    id: string;
    token: string;
}

/**
 * Which incidents there are, by update and by stage. The index lies in one slot, incidents lie in others, so a
 * crash can come between the two writes. Therefore each transition is marked as pending first; readers add
 * pending incidents to what the index says and judge by the incident itself, and marks left behind are
 * indexed again. The index holds nothing that incidents do not say.
 */
export class IncidentIndex {
    constructor(
        private readonly connection: Connection,
        private readonly keys: Keys,
        private readonly read: (id: string) => Promise<StoredIncident | undefined>,
    ) {}

    /** To be called, and sent to the server, before the transition is. */
    async mark(id: string): Promise<Mark> {
        const mark = { id, token: newNonce() };
        await this.connection.ask((client) => client.zadd(this.keys.pending, Date.now(), memberOf(mark)));
        return mark;
    }

    async unmark(mark: Mark): Promise<void> {
        await this.connection.ask((client) => client.zrem(this.keys.pending, memberOf(mark)));
    }

    /** Indexes what `stored` says; settles the mark. */
    async put({ incident, version }: Pick<StoredIncident, 'incident' | 'version'>, mark?: Mark): Promise<void> {
        await this.run([incident.id, version, ...placeOf(incident), mark ? memberOf(mark) : '']);
    }

    async remove(id: string, mark?: Mark): Promise<void> {
        await this.run([id, 0, 0, 0, '', mark ? memberOf(mark) : '']);
    }

    /**
     * Ids that may be among the newest `limit` of the stages (or of all) behind a place, in no order; some may have
     * moved on.
     */
    async candidates(
        stages: readonly Stage[] | undefined,
        limit: number,
        before: ListPlace | undefined,
    ): Promise<string[]> {
        await this.heal();
        const sets = stages ? stages.map((stage) => this.keys.stage(stage)) : [this.keys.byUpdate];
        const found = await this.connection.ask((client) =>
            Promise.all([
                client.zrangebyscore(this.keys.pending, '-inf', '+inf'),
                ...sets.map((set) => newest(client, set, limit, before)),
            ]),
        );
        const [pending = [], ...listed] = found;
        return [...new Set([...pending.map((member) => markOf(member).id), ...listed.flat()])];
    }

    /** Ids whose flow position is at a node, but for those that `instance` has sent on; and those that are pending. */
    async leftAt(node: string, stages: readonly Stage[], instance: string): Promise<string[]> {
        await this.heal();
        const found = await this.connection.ask((client) =>
            Promise.all([
                client.zrangebyscore(this.keys.pending, '-inf', '+inf'),
                ...stages.flatMap((stage) => {
                    const place = `${stage} ${node} `;
                    return [
                        client.zrangebylex(this.keys.flows, `[${place}`, `(${place}${instance} `),
                        client.zrangebylex(this.keys.flows, `[${place}${instance}!`, `(${stage} ${node}!`),
                    ];
                }),
            ]),
        );
        const [pending = [], ...listed] = found;
        return [
            ...new Set([
                ...pending.map((member) => markOf(member).id),
                ...listed.flat().map((member) => member.slice(member.lastIndexOf(' ') + 1)),
            ]),
        ];
    }

    /** Ids in a stage that were updated before a time, milliseconds. */
    async idsBefore(stage: Stage, before: number): Promise<string[]> {
        return this.connection.ask((client) => client.zrangebyscore(this.keys.stage(stage), '-inf', `(${before}`));
    }

    /** Places behind `after` (undefined: all), oldest first; at most `limit`. */
    async placesAfter(after: ListPlace | undefined, limit: number): Promise<ListPlace[]> {
        await this.heal();
        const set = this.keys.byUpdate;
        const time = after === undefined ? '-inf' : Date.parse(after.updatedAt);
        const [sameTime, newer] = await this.connection.ask((client) =>
            Promise.all([
                after === undefined ? [] : client.zrangebyscore(set, time, time, 'WITHSCORES'),
                client.zrangebyscore(
                    set,
                    after === undefined ? time : `(${time}`,
                    '+inf',
                    'WITHSCORES',
                    'LIMIT',
                    0,
                    limit,
                ),
            ]),
        );
        return [...placesOf(sameTime).filter(({ id }) => id > (after?.id ?? '')), ...placesOf(newer)].slice(0, limit);
    }

    async countByStage(): Promise<Partial<Record<Stage, number>>> {
        await this.heal();
        const counts = await this.connection.ask((client) =>
            Promise.all(this.keys.stages.map((set) => client.zcard(set))),
        );
        return Object.fromEntries(STAGES.map((stage, index) => [stage, counts[index] ?? 0]));
    }

    private async heal(): Promise<void> {
        const leftBehind = Date.now() - LEFT_BEHIND_MS;
        const members = await this.connection.ask((client) => client.zrangebyscore(this.keys.pending, 0, leftBehind));
        for (const mark of members.map(markOf)) {
            const stored = await this.read(mark.id);
            await (stored ? this.put(stored, mark) : this.remove(mark.id, mark));
        }
    }

    private async run(args: (string | number)[]): Promise<void> {
        const { index, pending } = this.keys;
        await this.connection.ask((client) => runScript(client, 'index-incident', [pending, ...index], args));
    }
}

/** Places from ids and scores in turn. */
function placesOf(answer: readonly string[]): ListPlace[] {
    return answer.flatMap((id, index) =>
        index % 2 === 0 ? [{ id, updatedAt: new Date(Number(answer[index + 1])).toISOString() }] : [],
    );
}

/** What the index holds of an incident: `updatedAt` in milliseconds, position of the stage from 1, flow position. */
export function placeOf({ id, stage, updatedAt, flow }: Incident): [number, number, string] {
    const sentBy = flow.state === 'sent' ? flow.instance : '';
    return [Date.parse(updatedAt), STAGES.indexOf(stage) + 1, `${stage} ${flow.node} ${sentBy} ${id}`];
}

/** The newest ids of a set; of those of the very time of `before`, the ones behind it. */
async function newest(client: Client, set: string, limit: number, before: ListPlace | undefined): Promise<string[]> {
    if (before === undefined) return client.zrevrangebyscore(set, '+inf', '-inf', 'LIMIT', 0, limit);
    const time = Date.parse(before.updatedAt);
    const [sameTime, older] = await Promise.all([
        client.zrevrangebyscore(set, time, time),
        client.zrevrangebyscore(set, `(${time}`, '-inf', 'LIMIT', 0, limit),
    ]);
    return [...sameTime.filter((id) => id < before.id), ...older].slice(0, limit);
}

function memberOf({ id, token }: Mark): string {
    return `${id} ${token}`;
}

function markOf(member: string): Mark {
    const [id = '', token = ''] = member.split(' ');
    return { id, token };
}
