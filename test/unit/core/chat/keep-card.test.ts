import { decide } from '../../../../nodes/core/approval/decide';
import { opening } from '../../../../nodes/core/approval/gate';
import { withdrawing } from '../../../../nodes/core/approval/withdraw';
import type { ChatChannel } from '../../../../nodes/core/chat/card';
import { pageChannel } from '../../../../nodes/core/chat/page-channel';
import type { Incident } from '../../../../nodes/core/model/incident';
import type { NewTimelineEntry } from '../../../../nodes/core/model/timeline';
import { aGate, aPlannedIncident, aPolicy, aRule, atTheGate, keys, sealOf } from '../../../support/approvals';
import { ChatScene, Printer, Recorder } from '../../../support/chats';
import { until } from '../../../support/processes';

const PAGE = 'https://ops.example/alert-to-fix/#';
const ALICE = { platform: 'page' as const, id: 'alice' };

let scene: ChatScene;
beforeEach(async () => {
    scene = await ChatScene.open();
});
afterEach(() => scene.close());

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

const line = (incident: Incident, type: NewTimelineEntry['type'], text: string): Promise<Incident> =>
    scene.opened.incidents.change(incident.id, (current) => ({
        incident: { ...current, reason: text },
        entries: [{ type, by: 'node:x', text }],
    }));

const withdrawn = ({ id }: Incident): Promise<Incident> =>
    scene.opened.incidents.change(id, withdrawing('It resolved.', 'node:alert-in'));

async function followed(chat: ChatChannel, incident: Incident, page?: string): Promise<void> {
    const follower = scene.follower(chat, 'a', 'chat', page);
    await follower.follow();
    await follower.show(incident.id);
}

describe('a chat that only prints', () => {
    let printer: Printer;
    beforeEach(() => {
        printer = new Printer(scene.opened.folder);
    });

    test('gets the card once; the decision is a link to the incident page, and there are no buttons', async () => {
        const incident = await atTheGate(scene.opened.incidents, {});
        await followed(printer, incident, PAGE);
        expect(printer.printed).toHaveLength(1);
        expect(printer.printed[0]).toContain(`Decide on the incident page\n${PAGE}/${incident.id}`);
        expect(printer.printed[0]).toContain('playbooks/free.yml');
        expect(printer.printed[0]).not.toContain('Approve | Reject');
    });

    test('says how to decide also when nobody configured the address of the page', async () => {
        await followed(printer, await atTheGate(scene.opened.incidents, {}));
        expect(printer.printed[0]).toContain('Open this incident on the incident page to approve or reject the fix.');
    });

    test('gets the news as a new short card, and the timeline never says that a card was updated', async () => {
        const incident = await atTheGate(scene.opened.incidents, { approvers: ['page:alice'] });
        await followed(printer, incident, PAGE);
        const { incidents } = scene.opened;
        await decide(
            { incidents, keys },
            { incidentId: incident.id, seal: sealOf(incident), verdict: 'approve', by: ALICE },
        );
        await until(() => printer.printed.length === 2);
        expect(printer.printed[1]).toContain('What is new\nApproved: Approved by page:alice');
        expect(printer.printed[1]).not.toContain('Decide on the incident page');
        expect((printer.printed[1] ?? '').length).toBeLessThan((printer.printed[0] ?? '').length / 2);
        await until(async () => (await scene.cardEntries(incident.id)).length === 2);
        expect((await scene.cardEntries(incident.id)).map(({ type, text }) => [type, text])).toEqual([
            ['card.posted', 'Card posted to printer.'],
            ['card.posted', 'The news was posted to printer as a new card; the cards before it stay as they are.'],
        ]);
    });

    test('gets a fix that waits for a decision whole, and with the link', async () => {
        const incident = aPlannedIncident();
        await scene.opened.incidents.create(incident, [
            { type: 'incident.opened', by: 'node:alert-in', text: 'Opened.' },
        ]);
        await followed(printer, incident, PAGE);
        expect(printer.printed[0]).not.toContain('Decide on');
        await scene.opened.incidents.change(incident.id, opening(aGate(aPolicy([aRule()]))));
        await until(() => printer.printed.length === 2);
        expect(printer.printed[1]).toContain('playbooks/free.yml');
        expect(printer.printed[1]).toContain(`Decide on the incident page\n${PAGE}/${incident.id}`);
    });

    test('gets two changes within a second as one piece of news', async () => {
        const incident = await atTheGate(scene.opened.incidents, {});
        await followed(printer, incident);
        await line(incident, 'approval.escalated', 'Five minutes are left.');
        await pause(300);
        await withdrawn(incident);
        await pause(4_500);
        expect(printer.printed).toHaveLength(2);
        expect(printer.printed[1]).toContain('Five minutes are left.');
        expect(printer.printed[1]).toContain('Withdrawn: It resolved.');
    });

    test('gets nothing for what nobody must hear of, such as a task of a run', async () => {
        const incident = await atTheGate(scene.opened.incidents, {});
        await followed(printer, incident);
        await line(incident, 'run.task', 'web-1: Delete old logs changed');
        await pause(2_500);
        expect(printer.printed).toHaveLength(1);
        expect(await scene.cardEntries(incident.id)).toHaveLength(1);
    });

    test('gets the news once, however many processes watch and however often the incident passes', async () => {
        const incident = await atTheGate(scene.opened.incidents, {});
        const both = ['a', 'b'].map((name) => scene.follower(printer, name));
        await both[0]?.show(incident.id);
        for (const one of both) await one.follow();
        await withdrawn(incident);
        await Promise.all(both.map((one) => one.show(incident.id)));
        await until(() => printer.printed.length === 2);
        await pause(3_000);
        expect(printer.printed).toHaveLength(2);
    });

    test('gets the news once although the store did not take the note of it', async () => {
        const incident = await atTheGate(scene.opened.incidents, {});
        await followed(printer, incident);
        printer.afterPrint = async () => {
            printer.afterPrint = async () => {};
            await scene.opened.store.close();
        };
        await withdrawn(incident);
        await until(() => scene.told.some((error) => error?.code === 'STORE_DOWN'));
        await scene.opened.store.open();
        await until(async () => (await scene.cardEntries(incident.id)).length === 2);
        expect(printer.printed).toHaveLength(2);
    });

    test('gets what happened while nobody followed', async () => {
        const incident = await atTheGate(scene.opened.incidents, {});
        const first = scene.follower(printer);
        await first.show(incident.id);
        await first.stop();
        await withdrawn(incident);
        await scene.follower(printer, 'b').follow();
        await until(() => printer.printed.length === 2);
        expect(printer.printed[1]).toContain('Withdrawn: It resolved.');
    });

    test('offers no decision where none is taken through it', async () => {
        const silent = new Printer(scene.opened.folder, 'none');
        await followed(silent, await atTheGate(scene.opened.incidents, {}), PAGE);
        expect(silent.printed[0]).not.toMatch(/Approve \| Reject|Decide on the incident page/);
    });
});

test('a chat that can update but not answer shows the state on the card alone', async () => {
    const { decisions, posts, updates, post, update } = bound(new Recorder());
    const incident = await atTheGate(scene.opened.incidents, {});
    await followed({ decisions, post, update }, incident);
    await withdrawn(incident);
    await until(async () => (await scene.cardEntries(incident.id)).length === 2);
    expect(posts).toHaveLength(1);
    expect(updates.at(-1)?.decision).toBeUndefined();
    expect((await scene.cardEntries(incident.id)).map(({ type }) => type)).toEqual(['card.posted', 'card.updated']);
});

test('a chat that can answer but not update gets lines in the thread and the news as a card', async () => {
    const { decisions, posts, replies, post, reply } = bound(new Recorder());
    const incident = await atTheGate(scene.opened.incidents, {});
    await followed({ decisions, post, reply }, incident);
    await line(incident, 'run.task', 'web-1: Delete old logs changed');
    await until(() => replies.length === 1);
    await withdrawn(incident);
    await until(() => posts.length === 2);
    await until(async () => (await scene.cardEntries(incident.id)).length === 3);
    expect(replies).toEqual(['Task: web-1: Delete old logs changed']);
    expect((await scene.cardEntries(incident.id)).map(({ type }) => type)).toEqual([
        'card.posted',
        'card.answered',
        'card.posted',
    ]);
});

test('on the incident page a card is noted once and never updated: it shows the newest state by itself', async () => {
    const incident = await atTheGate(scene.opened.incidents, {});
    await followed(
        pageChannel(() => new Date()),
        incident,
    );
    await withdrawn(incident);
    await pause(1_500);
    expect((await scene.cardEntries(incident.id)).map(({ type }) => type)).toEqual(['card.posted']);
});

function bound(chat: Recorder): Recorder {
    return Object.assign(chat, {
        post: chat.post.bind(chat),
        update: chat.update.bind(chat),
        reply: chat.reply.bind(chat),
    });
}
