import { failureText } from '../errors';
import type { AttachmentState, CardReference, Incident } from '../model/incident';
import { shortSeal } from '../model/plan';
import { isEnded } from '../model/stage';
import { keptPreview } from '../remediation/preview';
import type { Attachment, Card } from './card';
import { type CardContext, record } from './card-context';
import { fill, textsOf } from './texts';

/** Something that belongs beside a card as a file, and how it is made. */
interface Source {
    key: string;
    /** What the timeline calls it: the subject of a sentence. */
    what: string;
    /** Does the card, as it is shown, need it? */
    isNeeded(): boolean;
    /** Undefined when there is nothing (any more) to send. */
    load(): Promise<Omit<Attachment, 'key'> | undefined>;
}

/** The whole dry run of the plan has this key. */
function previewKey(nonce: string): string {
    return `dry-run:${nonce}`;
}

/** What became of the attachment of this key; earlier versions noted only the dry run, in a field of its own. */
function stateOf({ attachments, file }: CardReference, key: string): AttachmentState | undefined {
    return attachments?.[key] ?? (file && previewKey(file.nonce) === key ? file.state : undefined);
}

/** Has the whole dry run of the incident's plan been sent into the thread of this card? */
export function hasPreview({ plan }: Incident, reference: CardReference | undefined): boolean {
    return plan !== undefined && reference !== undefined && stateOf(reference, previewKey(plan.nonce)) === 'sent';
}

/** Is there anything that must still be attached? `card` is the one that people see. */
export function isAttachmentDue(
    context: CardContext,
    incident: Incident,
    reference: CardReference,
    card: Card,
): boolean {
    return dueSources(context, incident, reference, card).length > 0;
}

/**
 * Attaches what is due, and answers the reference after that. Each attempt is written down before it is made: nothing
 * is sent twice. What cannot be sent is no reason to lose the card; the timeline says why.
 */
export async function attachDue(
    context: CardContext,
    incident: Incident,
    reference: CardReference,
    card: Card,
): Promise<CardReference> {
    let newest = reference;
    for (const source of dueSources(context, incident, reference, card)) {
        newest = await attachOne(context, incident.id, newest, source);
    }
    return newest;
}

function dueSources(context: CardContext, incident: Incident, reference: CardReference, card: Card): Source[] {
    if (!context.channel.attach) return [];
    const isNew = ({ key }: Source): boolean => stateOf(reference, key) === undefined;
    return previewSources(context, incident, card).filter((source) => isNew(source) && source.isNeeded());
}

/** The whole dry run, where the card does not show all of it to those who decide. */
function previewSources({ channel, incidents, language }: CardContext, incident: Incident, card: Card): Source[] {
    const { plan, stage, seal } = incident;
    if (!plan?.dryRun.preview || !seal || isEnded(stage)) return [];
    return [
        {
            key: previewKey(plan.nonce),
            what: 'The whole dry run',
            isNeeded: () => !channel.showsWhole?.(card),
            load: async () => {
                const text = await keptPreview(incidents.store.previews, incident);
                if (text === undefined) return undefined;
                return {
                    name: `dry-run-${incident.id}.diff`,
                    mediaType: 'text/x-diff',
                    title: fill(textsOf(language).plan.file, { seal: shortSeal(seal.digest) }),
                    bytes: new TextEncoder().encode(text),
                };
            },
        },
    ];
}

async function attachOne(
    context: CardContext,
    id: string,
    reference: CardReference,
    { key, what, load }: Source,
): Promise<CardReference> {
    const states = { ...earlierFile(reference), ...reference.attachments };
    const note = async (state: AttachmentState, text: string): Promise<CardReference> => {
        const type = state === 'sending' ? 'attachment.started' : (`attachment.${state}` as const);
        const change = { attachments: { ...states, [key]: state } };
        const data = { channel: reference.channel, attachment: key };
        return (await record(context, id, { type, text, data, reference: change })) ?? { ...reference, ...change };
    };
    await note('sending', `${what} is being sent to the chat as a file.`);
    try {
        const made = await load();
        if (!made) return await note('failed', `${what} is not kept any more, so no file was sent.`);
        await context.channel.attach?.(reference, { key, ...made });
    } catch (thrown) {
        return note('failed', `${what} could not be sent as a file: ${failureText(thrown)}`);
    }
    return note('sent', `${what} is in the thread of the card as a file.`);
}

function earlierFile({ file }: CardReference): Record<string, AttachmentState> {
    return file ? { [previewKey(file.nonce)]: file.state } : {};
}
