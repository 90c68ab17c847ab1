import { asFixError } from '../errors';
import type { CardReference, Incident } from '../model/incident';
import { shortSeal } from '../model/plan';
import { isEnded } from '../model/stage';
import { keptPreview } from '../remediation/preview';
import type { Previews } from '../store/previews';
import type { Card, ChatChannel } from './card';
import { fill, type Language, textsOf } from './texts';

/** Has the whole dry run of the incident's plan been sent into the thread of this card? */
export function isInThread({ plan }: Incident, reference: CardReference | undefined): boolean {
    return plan !== undefined && reference?.file?.nonce === plan.nonce && reference.file.state === 'sent';
}

/** Must the whole dry run still be sent, because the card does not show all of it to those who decide? */
export function isPreviewDue(
    channel: ChatChannel,
    { plan, stage, seal }: Incident,
    reference: CardReference,
    card: Card,
): boolean {
    if (!plan?.dryRun.preview || !seal || isEnded(stage) || reference.file?.nonce === plan.nonce) return false;
    return channel.files?.needed(card) ?? false;
}

/** Sends it. Answers whether that went well, or why not; a file that cannot be sent is no reason to lose the card. */
export async function sendPreview(
    channel: ChatChannel,
    previews: Previews,
    incident: Incident,
    reference: CardReference,
    language: Language,
): Promise<{ sent: boolean; text: string }> {
    try {
        const text = await keptPreview(previews, incident);
        if (text === undefined || !channel.files)
            return { sent: false, text: 'There is no file of the whole dry run.' };
        const title = fill(textsOf(language).plan.file, { seal: shortSeal(incident.seal?.digest ?? '') });
        await channel.files.send(reference, { name: `dry-run-${incident.id}.diff`, title, text });
        return { sent: true, text: 'The whole dry run is in the thread as a file.' };
    } catch (thrown) {
        const { message, cure } = asFixError(thrown);
        return {
            sent: false,
            text: [`The whole dry run could not be sent as a file: ${message}`, cure].filter(Boolean).join(' '),
        };
    }
}
