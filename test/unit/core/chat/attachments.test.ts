import type { Card } from '../../../../nodes/core/chat/card';
import { FixError } from '../../../../nodes/core/errors';
import type { CardReference, Incident } from '../../../../nodes/core/model/incident';
import { sha256 } from '../../../../nodes/core/text/json';
import { aPlan, atTheGate } from '../../../support/approvals';
import { ChatScene, FilingRecorder, Recorder } from '../../../support/chats';
import { anIncident } from '../../../support/incidents';

const TEXT = '# changed web-1: Write\n+all of it\n';

let scene: ChatScene;
beforeEach(async () => {
    scene = await ChatScene.open();
});
afterEach(() => scene.close());

/** An incident at the gate whose whole dry run is kept in the store. */
async function waitingWithPreview(kept = TEXT): Promise<Incident> {
    const bare = anIncident();
    const preview = { digest: sha256(TEXT), characters: TEXT.length, lines: 2, redacted: 0, cut: true as const };
    const plan = aPlan(bare, { dryRun: { tasks: [], hosts: {}, digest: '', at: '', preview } });
    await scene.opened.store.previews.keep(bare.id, plan.nonce, kept);
    return atTheGate(scene.opened.incidents, {}, { ...bare, stage: 'planned', plan: { ...plan, incidentId: bare.id } });
}

const notes = (card: Card | undefined): string[] =>
    card?.sections.flatMap(({ file }) => (file ? [file.note] : [])) ?? [];

const referenceOf = async (id: string): Promise<CardReference | undefined> =>
    (await scene.opened.incidents.get(id)).incident.thread?.chat;

const attachmentEntries = async (id: string): Promise<string[]> =>
    (await scene.cardEntries(id)).map(({ type }) => type).filter((type) => type.startsWith('attachment.'));

test('the whole dry run is attached once, also after a restart, and then the card says so', async () => {
    const chat = new FilingRecorder();
    const { id, seal, plan } = await waitingWithPreview();
    await Promise.all(['a', 'b'].map((name) => scene.follower(chat, name).show(id)));
    const restarted = scene.follower(chat, 'c');
    await restarted.follow();
    await restarted.show(id);
    expect(chat.files.map(({ bytes, ...file }) => ({ ...file, text: new TextDecoder().decode(bytes) }))).toEqual([
        {
            key: `dry-run:${plan?.nonce}`,
            name: `dry-run-${id}.diff`,
            mediaType: 'text/x-diff',
            title: `The whole dry run, seal ${seal?.digest.slice(0, 8)}`,
            text: TEXT,
        },
    ]);
    expect(notes(chat.posts[0])).toEqual([expect.stringContaining('on the incident page')]);
    expect(chat.posts[0]?.decision).toBeUndefined();
    expect(JSON.stringify(chat.posts[0]?.sections)).toContain('Decide on the incident page');
    expect(chat.updates.at(-1)?.decision).toMatchObject({ seal: seal?.digest });
    expect(notes(chat.updates.at(-1))).toEqual([expect.stringContaining('file in this thread')]);
    expect((await referenceOf(id))?.attachments).toEqual({ [`dry-run:${plan?.nonce}`]: 'sent' });
    expect(await attachmentEntries(id)).toEqual(['attachment.started', 'attachment.sent']);
});

test.each([
    ['the chat refuses files', TEXT, new FixError('CHAT_REJECTED', 'Slack refused: missing_scope.'), /missing_scope/],
    ['what is kept is not what was sealed', `${TEXT}+more`, undefined, /./],
])('when %s, the card is there all the same and the timeline says why', async (_what, kept, refusal, why) => {
    const chat = new FilingRecorder();
    chat.refusal = refusal;
    const { id } = await waitingWithPreview(kept);
    const one = scene.follower(chat);
    await one.show(id);
    await one.show(id);
    expect(chat.files).toEqual([]);
    expect(chat.posts).toHaveLength(1);
    expect(notes(chat.posts[0])).toEqual([expect.stringContaining('on the incident page')]);
    expect([...chat.posts, ...chat.updates].some(({ decision }) => decision !== undefined)).toBe(false);
    expect(await attachmentEntries(id)).toEqual(['attachment.started', 'attachment.failed']);
    expect((await scene.cardEntries(id)).at(-1)?.text).toMatch(why);
});

test('the buttons come although the chat was down when the file had been sent', async () => {
    const chat = new FilingRecorder();
    const { id } = await waitingWithPreview();
    const update = chat.update.bind(chat);
    let isDown = true;
    chat.update = async (reference, card) => {
        if (isDown) throw new FixError('CHAT_DOWN', 'Slack does not answer.');
        return update(reference, card);
    };
    await expect(scene.follower(chat).show(id)).rejects.toMatchObject({ code: 'CHAT_DOWN' });
    expect(chat.files).toHaveLength(1);
    isDown = false;
    await scene.follower(chat, 'b').show(id);
    expect(chat.files).toHaveLength(1);
    expect(chat.updates.at(-1)?.decision).toBeDefined();
});

test('a chat without attachments gets none, and its card names the incident page', async () => {
    const chat = new Recorder();
    const { id } = await waitingWithPreview();
    const one = scene.follower(chat);
    await one.show(id);
    await one.show(id);
    expect(notes(chat.posts[0])).toEqual([expect.stringContaining('on the incident page')]);
    expect(chat.posts[0]?.decision).toBeUndefined();
    expect(chat.updates).toEqual([]);
    expect(await attachmentEntries(id)).toEqual([]);
});

test('a card that shows all of it gets no file', async () => {
    const chat = Object.assign(new FilingRecorder(), { showsWhole: () => true });
    const { id } = await waitingWithPreview();
    await scene.follower(chat).show(id);
    expect(chat.files).toEqual([]);
});

test.each(['sending', 'sent', 'failed'] as const)(
    'what an earlier version noted as %s is not sent again, and stays noted',
    async (state) => {
        const chat = new FilingRecorder();
        const { id, plan } = await waitingWithPreview();
        const nonce = plan?.nonce ?? '';
        await scene.opened.incidents.change(id, (incident) => ({
            incident: {
                ...incident,
                thread: { chat: { channel: 'c', message: 'm', postedAt: '', file: { nonce, state } } },
            },
            entries: [{ type: 'card.posted', by: 'node:out', text: 'Card posted to c.', data: { chat: 'chat' } }],
        }));
        await scene.follower(chat).show(id);
        expect(chat.files).toEqual([]);
        expect(chat.updates.flatMap(notes).some((note) => note.includes('file in this thread'))).toBe(state === 'sent');
        expect((await referenceOf(id))?.file).toEqual({ nonce, state });
    },
);
