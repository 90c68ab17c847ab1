// @needs ansible-playbook
// @needs redis-server
import { existsSync, readdirSync } from 'node:fs';
import { RedisStore } from '../../nodes/adapters/redis/redis-store';
import { executeFix } from '../../nodes/core/remediation/execute';
import { makePlan } from '../../nodes/core/remediation/make-plan';
import { Incidents } from '../../nodes/core/store/incidents';
import type { IncidentStore, StoredIncident } from '../../nodes/core/store/port';
import { control, FixScene } from '../support/fix-scene';
import { until } from '../support/processes';
import { type RedisGroup, startSentinelGroup } from '../support/redis-group';

let group: RedisGroup;
let scene: FixScene;
let redis: RedisStore;

/** An approved fix, which adds a line to a file each time it runs, in a store behind Sentinels. */
async function approved(): Promise<string> {
    const { id } = await scene.diagnosed();
    await makePlan(scene.parts(), id, control());
    await scene.approve(id);
    return id;
}

/** The same store, but for what happens when a write is to be made safe. */
function settling(settle: (id: string) => Promise<StoredIncident | undefined>): Incidents {
    return new Incidents(Object.assign(Object.create(redis) as IncidentStore, { settle }), scene.clock);
}

function timesRun(): number {
    return existsSync(scene.library.path('count')) ? scene.read('../count').split('\n').length - 1 : 0;
}

beforeEach(async () => {
    group = await startSentinelGroup();
    redis = new RedisStore(group.options);
    await redis.open();
    scene = await new FixScene({ tasks: '- shell: echo ran >> "{{ playbook_dir }}/../../count"' }).open({
        store: redis,
        incidents: new Incidents(redis, () => scene.clock()),
        folder: '',
        close: () => redis.close(),
    });
    scene.onAsk = () => {
        if (timesRun() > 0) scene.alertState = 'cleared';
    };
});
afterEach(async () => {
    await scene.close();
    await group.close();
});

test('no replica has taken that the approval was used: nothing runs, the card says so, and the approval is used up', async () => {
    const id = await approved();
    await group.replica.kill();
    expect(await executeFix(scene.parts(), id, control())).toMatchObject({
        stage: 'failed',
        approval: { consumedAt: expect.any(String) },
        run: { outcome: { status: 'never-started' } },
        reason: expect.stringMatching(/^Nothing ran\. .*No replica of Redis confirmed.*approval is used up/),
    });
    expect(timesRun()).toBe(0);
    expect(existsSync(scene.runsFolder) ? readdirSync(scene.runsFolder) : []).toEqual([]);
    expect(await redis.leases.ownerOf('host:web-1')).toBeUndefined();
    await expect(executeFix(scene.parts(), id, control())).rejects.toMatchObject({ code: 'ALREADY_RUN' });
});

test('the master dies right after the approval was used: the new one knows it, and no other machine runs the fix', async () => {
    const id = await approved();
    const incidents = settling(async (asked) => {
        const found = await redis.settle(asked);
        await group.master.kill();
        await until(() => redis.ping().then(() => true));
        return found;
    });
    expect(await executeFix(scene.parts({ incidents }), id, control())).toMatchObject({ stage: 'closed' });
    expect(timesRun()).toBe(1);
    await expect(
        executeFix(
            scene.parts({ executor: scene.executor({ folder: scene.library.path('another machine') }) }),
            id,
            control(),
        ),
    ).rejects.toMatchObject({ code: 'ALREADY_RUN' });
    expect(timesRun()).toBe(1);
});

test('a store that has forgotten that the approval was used starts nothing', async () => {
    const id = await approved();
    const before = await redis.read(id);
    const incidents = settling(async () => before);
    expect(await executeFix(scene.parts({ incidents }), id, control())).toMatchObject({
        stage: 'failed',
        reason: expect.stringContaining('has lost that the approval was used'),
    });
    expect(timesRun()).toBe(0);
});
