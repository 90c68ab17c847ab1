import type { Card } from '../../nodes/core/chat/card';
import { fitCard, type Medium, whereToDecide } from '../../nodes/core/chat/fit';
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
 * somebody has written there before, and it has nobody to show one to for an automation: there everybody sees it.
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

/**
 * Botkube promises neither that several messages arrive nor in which order. A card that asks for a decision is therefore
 * one message, with the buttons at its end; where that does not hold all that must be seen, it says where to decide.
 */
function cardBodies(reply: Reply, target: ReplyTarget, texts: Texts): BotkubeMessage[] {
    const { card, sections } = reply;
    const asking = card?.decision ? messageToDecideOn(card, target, texts) : undefined;
    const pages = asking ? decisionPages(asking, sections, target, texts) : readingPages(reply, target, texts);
    return pages.map((page) => ({ sections: page }));
}

/** May this card be decided on here: is all that must be seen before in the one message that offers it? */
export function isDecidable(card: Card, target: ReplyTarget, language: Language): boolean {
    return messageToDecideOn(card, target, textsOf(language)) !== undefined;
}

/** The pieces of a card in one message, the decision behind all others, and a note where something else is missing. */
interface DecisionMessage {
    pieces: Piece[];
    note?: string;
}

/** Undefined where not all that must be seen fits, or nobody is attested and so nobody can decide. */
function messageToDecideOn(card: Card, target: ReplyTarget, texts: Texts): DecisionMessage | undefined {
    if (!card.decision || target.platform === 'mattermost') return undefined;
    const decision = decisionOf(card.incidentId, card.decision);
    const around = [headOf(card), decision, ...footOf(card, texts)];
    const placed: Piece[] = [];
    const fits = (pieces: readonly Piece[]): boolean => {
        const page = new Pages(target, 1);
        return pieces.every((piece) => page.put(piece));
    };
    const medium: Medium<Piece> = {
        alone: true,
        place: (section) => {
            const piece = pieceOf(section);
            if (!fits([...around, ...placed, piece])) return undefined;
            placed.push(piece);
            return { out: piece, whole: true };
        },
        decide: (offered) => offered === undefined || fits([...around, ...placed]),
    };
    const { shown, shortened, note } = fitCard(card, medium, texts);
    if (note !== undefined) return undefined;
    return {
        pieces: [headOf(card), ...shown, decision, ...footOf(card, texts)],
        ...(shortened ? { note: texts.chat.shortened } : {}),
    };
}

/** The card fits on the first page, so all of it stands there; what comes behind it may go on further ones. */
function decisionPages(
    { pieces, note }: DecisionMessage,
    sections: Reply['sections'],
    target: ReplyTarget,
    texts: Texts,
): MessageSection[][] {
    const pages = new Pages(target);
    for (const piece of [...pieces, ...sections]) pages.put(piece);
    return pages.all(pages.isCut ? texts.chat.shortened : note);
}

/** Nothing is decided on these: in the card's order, as many pages as the platform shows. */
function readingPages({ card, sections }: Reply, target: ReplyTarget, texts: Texts): MessageSection[][] {
    const pages = new Pages(target);
    for (const piece of [...(card ? readingPieces(card, target, texts) : []), ...sections]) pages.put(piece);
    return pages.all(pages.isCut ? (card ? texts.chat.shortened : texts.chat.cut) : undefined);
}

/** Where to decide comes first, for what comes last may be lost; why not here, unless nobody decides on this platform. */
function readingPieces(card: Card, { platform }: ReplyTarget, texts: Texts): Piece[] {
    const notes = platform === 'mattermost' ? {} : { notes: [texts.chat.notWhole] };
    const where = card.decision ? [{ ...pieceOf(whereToDecide(card, texts)), ...notes }] : [];
    return [headOf(card), ...where, ...card.sections.map(pieceOf), ...footOf(card, texts)];
}
