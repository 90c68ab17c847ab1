import { type Language, type Texts, textsOf } from '../../nodes/core/chat/texts';
import type { BotkubeMessage, ExecuteResponse } from '../host/types';
import { cardPieces } from './card-pieces';
import { type Dialect, dialectOf } from './dialect';
import { budgetOf, LIMITS } from './limits';
import { type PagePart, pagesOf } from './pages';
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

function cardBodies(reply: Reply, target: ReplyTarget, texts: Texts): BotkubeMessage[] {
    const { whole, decisionFirst } = reply.card ? cardPieces(reply.card, texts) : { whole: [], decisionFirst: [] };
    const pages = pagesFor([...whole, ...reply.sections], target);
    if (pages.length <= 1) return pages.map(messageOf);
    return fitting(pagesFor([...decisionFirst, ...reply.sections], target), reply, target, texts).map(messageOf);
}

function pagesFor(pieces: readonly Piece[], target: ReplyTarget): PagePart[][] {
    const dialect = dialectOf(target);
    const parts = pieces.flatMap((piece, index) =>
        sectionsOf(piece, `select-${index + 1}`, dialect).map((section) => ({
            section,
            decision: piece.decision === true && section.buttons !== undefined,
        })),
    );
    return pagesOf(parts, budgetOf(target));
}

/** As many pages as the platform shows, the last one with a note where something is missing. */
function fitting(pages: PagePart[][], { card }: Reply, target: ReplyTarget, texts: Texts): PagePart[][] {
    const shown = pages.slice(0, target.platform === 'slack' ? LIMITS.further + 1 : 1);
    if (shown.length === pages.length) return shown;
    const undecidable = pages.slice(shown.length).some((page) => page.some(({ decision }) => decision));
    const text = undecidable ? texts.chat.notWhole : card ? texts.chat.shortened : texts.chat.cut;
    const note = {
        section: { style: { divider: 'none' as const }, context: [{ text: dialectOf(target).prose(text) }] },
        decision: false,
    };
    return shown.map((page, index) => (index === shown.length - 1 ? [...page, note] : page));
}

function messageOf(page: readonly PagePart[]): BotkubeMessage {
    return { sections: page.map(({ section }) => section) };
}
