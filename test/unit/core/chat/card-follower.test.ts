import { setTimeout as pause } from 'node:timers/promises';
import { withdrawing } from '../../../../nodes/core/approval/withdraw';
import { FixError } from '../../../../nodes/core/errors';
import type { Incident } from '../../../../nodes/core/model/incident';
import { atTheGate } from '../../../support/approvals';
import { ChatScene, Recorder } from '../../../support/chats';
import { until } from '../../../support/processes';
import type { TemporaryStore } from '../../../support/stores';

let scene: ChatScene;
let opened: TemporaryStore;
let chat: Recorder;

beforeEach(async () => {
    scene = await ChatScene.open();
    opened = scene.opened;
    chat = new Recorder();
});
afterEach(() => scene.close());

const follower = (instance: string, chatId = 'chat') => scene.follower(chat, instance, chatId);
const withdrawn = (incident: Incident): Promise<Incident> =>
    opened.incidents.change(incident.id, withdrawing('It resolved.', 'node:alert-in'));

test('two processes post one card', async () => {
    const incident = await atTheGate(opened.incidents, {});
    const references = await Promise.all(['a', 'b', 'c'].map((name) => follower(name).show(incident.id)));
    expect(chat.posts).toHaveLength(1);
    expect(new Set(references.map(({ message }) => message))).toEqual(new Set(['1']));
});

test('two processes update a changed card once, and tell the thread once', async () => {
    const incident = await atTheGate(opened.incidents, {});
    const both = ['a', 'b'].map((name) => follower(name));
    await both[0]?.show(incident.id);
    for (const one of both) await one.follow();
    await withdrawn(incident);
    await until(() => chat.replies.length > 0);
    await pause(1_500);
    expect(chat.updates.map(({ decision }) => decision)).toEqual([undefined]);
    expect(chat.replies).toEqual(['Withdrawn: It resolved.']);
});

test('an incident has a card on each chat', async () => {
    const incident = await atTheGate(opened.incidents, {});
    await follower('a', 'one').show(incident.id);
    await follower('a', 'two').show(incident.id, 'elsewhere');
    const { thread } = (await opened.incidents.get(incident.id)).incident;
    expect(thread).toMatchObject({ one: { channel: 'default' }, two: { channel: 'elsewhere' } });
});

test('a card whose reference the store did not take is recorded later, not posted again', async () => {
    const incident = await atTheGate(opened.incidents, {});
    const one = follower('a');
    chat.afterPost = () => opened.store.close();
    await expect(one.show(incident.id)).rejects.toMatchObject({ code: 'STORE_DOWN' });
    await opened.store.open();
    await until(async () => (await opened.incidents.get(incident.id)).incident.thread?.chat !== undefined);
    expect(chat.posts).toHaveLength(1);
});

test('while the chat is down the failure is written down once, and the newest state comes when it is back', async () => {
    const incident = await atTheGate(opened.incidents, {});
    const one = follower('a');
    await one.follow();
    await one.show(incident.id);
    chat.failure = new FixError('CHAT_DOWN', 'gone');
    await withdrawn(incident);
    await until(() => scene.told.filter((error) => error?.code === 'CHAT_DOWN').length >= 2);
    chat.failure = undefined;
    await until(() => chat.updates.length > 0);
    const failed = (await opened.store.timeline(incident.id)).filter(({ type }) => type === 'card.failed');
    expect(failed).toHaveLength(1);
    expect(chat.updates.at(-1)?.decision).toBeUndefined();
});

test('an incident that the store does not know is refused and not tried again', async () => {
    await expect(follower('a').show('inc-n0t0here')).rejects.toMatchObject({ code: 'INCIDENT_UNKNOWN' });
    expect(chat.posts).toEqual([]);
});
