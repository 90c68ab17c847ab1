import type { Card } from '../../nodes/core/chat/card';
import { byNeed, fitCard, type Medium } from '../../nodes/core/chat/fit';
import { type Language, type Texts, textsOf } from '../../nodes/core/chat/texts';
import type { BotkubeMessage, ExecuteResponse, MessageSection } from '../host/types';
import { decisionOf, footOf, headOf, pieceOf } from './card-pieces';
import { type Dialect, dialectOf } from './dialect';
import { Pages } from './pages';
import type { Piece } from './piece';
import type { Reply, ReplyTarget } from './reply';
import { sectionsOf } from './sections';

/**
 * A reply as Botkube's messages, never empty. All texts are untrusted and shown as they are. What does not fit into one
 * message goes into further ones on Slack, and is cut with a note elsewhere; a decision's buttons are only shown
 * with everything essential before them. `language` is that of the notes and labels added here.
 */
export function render(reply: Reply, target: ReplyTarget, language: Language = 'en-US'): ExecuteResponse {
    const bodies = plainBody(reply, target) ?? cardBodies(reply, target, textsOf(language));
    const [message = { baseBody: { plaintext: '·' } }, ...messages] = bodies.map((body, index) => ({
        ...body,
        ...flagsOf(reply, target, index),
    }));
    return messages.length > 0 ? { message, messages } : { message };
}

/**
 * Everything is sent to the thread it belongs to; what replaces a clicked message, too, for a typed command replaces
 * nothing. Botkube answers a click in the message's thread, where Slack shows a message for one person only when
 * somebody
 * has written there before, and it has nobody to show one to for an automation: there everybody sees it.
 */
function flagsOf(
    { ephemeral, replaceOriginal }: Reply,
    { thread, clicked, platform }: ReplyTarget,
    index: number,
): BotkubeMessage {
    return {
        ...(ephemeral && platform === 'slack' && !clicked ? { onlyVisibleForYou: true } : {}),
        ...(replaceOriginal && index === 0 ? { replaceOriginal: true } : {}),
        ...(thread ? { parentActivityId: thread } : {}),
    };
}

/** One short text or one code alone needs no sections, and then Botkube uses nothing of it as a format. */
function plainBody({ card, sections }: Reply, target: ReplyTarget): BotkubeMessage[] | undefined {
    const [section, ...others] = sections;
    if (card || !section || others.length > 0) return undefined;
    const dialect: Dialect = { ...dialectOf(target), formatted: (escaped) => escaped, percentSafe: true };
    const [made, ...more] = sectionsOf(section, 'select', dialect);
    if (!made || more.length > 0) return undefined;
    const { description, body, ...rest } = made;
    if (Object.keys(rest).length > 0 || (description !== undefined && body !== undefined)) return undefined;
    if (description !== undefined) return [{ baseBody: { plaintext: description } }];
    return body && !body.plaintext ? [{ baseBody: body }] : undefined;
}

/** All on one page with the decision last, or else on several, where what is essential and the decision come first. */
function cardBodies(reply: Reply, target: ReplyTarget, texts: Texts): BotkubeMessage[] {
    const single = new Pages(target, 1);
    const pieces = [...(reply.card ? cardPieces(reply.card, texts) : []), ...reply.sections];
    for (const piece of pieces) single.put(piece);
    return (single.isCut ? severalPages(reply, target, texts) : single.all()).map((sections) => ({ sections }));
}

function cardPieces(card: Card, texts: Texts): Piece[] {
    const { first, rest } = byNeed(card, { streams: true });
    const decision = card.decision ? [decisionOf(card.incidentId, card.decision)] : [];
    return [headOf(card), ...[...first, ...rest].map(pieceOf), ...decision, ...footOf(card, texts)];
}

function severalPages({ card, sections }: Reply, target: ReplyTarget, texts: Texts): MessageSection[][] {
    const pages = new Pages(target);
    let note: string | undefined;
    if (card) {
        pages.put(headOf(card));
        const medium: Medium<true> = {
            streams: true,
            place: (section) => ({ out: true, whole: pages.put(pieceOf(section)) }),
            decide: (decision) => !decision || pages.put(decisionOf(card.incidentId, decision)),
        };
        ({ note } = fitCard(card, medium, texts));
        for (const piece of footOf(card, texts)) pages.put(piece);
    }
    for (const section of sections) pages.put(section);
    return pages.all(pages.isCut ? (note ?? (card ? texts.chat.shortened : texts.chat.cut)) : undefined);
}
