import type { Card, CardDecision, CardSection } from '../../core/chat/card';
import { Budget, fitCard, type Placed } from '../../core/chat/fit';
import { TONE_ICONS } from '../../core/chat/icons';
import { type Language, type Texts, textsOf } from '../../core/chat/texts';
import { plain, plainCode, plainLine } from '../../core/text/plain-text';
import { LIMITS, markdownObject, plainObject, type SlackBlock, type SlackButton } from './blocks';
import { cutTo, escapeWithin, withoutFences } from './escape';

/** What `chat.postMessage` and `chat.update` take; `text` is what a notification shows. */
export interface SlackMessage {
    text: string;
    blocks: SlackBlock[];
    /** Every section that is kept as a file is shown whole. */
    whole: boolean;
}

/** `action_id` of the two buttons. */
export const APPROVE = 'alert-to-fix.approve';
export const REJECT = 'alert-to-fix.reject';

/**
 * Characters kept free for what must never fall off the end of a card: buttons, small print, the note that it is cut.
 */
const RESERVED = 2_500;

/**
 * A card as Block Kit, within Slack's limits; what gets room first is decided by {@link fitCard}. All text of a card is
 * untrusted: values are plain text objects, titles are escaped, invisible characters are gone. What is cut is said to
 * be cut.
 */
export function renderCard(card: Card, language: Language): SlackMessage {
    const texts = textsOf(language);
    const budget = new Budget(LIMITS.budget - RESERVED);
    const head = headOf(card, budget, texts);
    const blocks = new Budget(LIMITS.blocks - head.length - 1);
    let tail: SlackBlock[] = [];
    const { shown, shortened, whole } = fitCard<SlackBlock[]>(
        card,
        {
            place: (section) => {
                const placed = placeSection(section, budget, texts);
                return placed && blocks.spend(placed.out.length) ? placed : undefined;
            },
            decide: (decision, note) => {
                tail = tailOf(card, decision, note, texts);
                return blocks.spend(tail.length);
            },
        },
        texts,
    );
    const body: SlackBlock[] = shown.flat();
    if (shortened) body.push({ type: 'context', elements: [plainObject(texts.chat.shortened)] });
    const fallback = `${TONE_ICONS[card.tone]} ${plainLine(card.title)} — ${plainLine(card.summary)}`;
    return { text: escapeWithin(fallback, LIMITS.fallback).escaped, blocks: [...head, ...body, ...tail], whole };
}

/** A line for a card's thread, escaped and within Slack's limits. */
export function renderReply(text: string, language: Language): string {
    const { escaped, whole } = escapeWithin(plain(text), LIMITS.reply);
    return whole ? escaped : `${escaped}${textsOf(language).chat.cutPage}`;
}

/** What a button carries: enough to find the decision, nothing to change it. */
function buttonValue(incidentId: string, seal: string): string {
    return JSON.stringify({ incident: incidentId, seal });
}

function headOf(card: Card, budget: Budget, texts: Texts): SlackBlock[] {
    const { cut } = texts.chat;
    const title = cutTo(`${TONE_ICONS[card.tone]} ${plainLine(card.title)}`, LIMITS.header, '…');
    const fields = card.fields.slice(0, LIMITS.fields).flatMap(({ label, value }) => {
        const text = budget.take(cutTo(`${plainLine(label)}\n${plainLine(value)}`, 300, cut));
        return text === '' ? [] : [plainObject(text)];
    });
    return [
        { type: 'header', text: plainObject(budget.take(title)) },
        {
            type: 'section',
            text: plainObject(budget.take(cutTo(plainLine(card.summary) || card.incidentId, 600, cut))),
        },
        ...(fields.length > 0 ? [{ type: 'section' as const, fields }] : []),
    ];
}

/** Title, text, lines and code of a section; undefined when the budget does not even hold its title. */
function placeSection(section: CardSection, budget: Budget, texts: Texts): Placed<SlackBlock[]> | undefined {
    const title = escapeWithin(plainLine(section.title).replaceAll('*', '∗') || '·', 300);
    const bold = `*${title.escaped}*`;
    if (!budget.has(bold.length + 100)) return undefined;
    const out: SlackBlock[] = [{ type: 'section', text: markdownObject(budget.take(bold)) }];
    const text = textOf(section);
    const shown = budget.take(cutTo(text, Math.min(LIMITS.section, budget.left), texts.chat.cutPage));
    if (text !== '') out.push({ type: 'section', text: plainObject(shown) });
    const code = codeBlocks(section.code ?? '', budget, section.file?.note ?? texts.chat.cutPage);
    return { out: [...out, ...code.out], whole: title.whole && shown === text && code.whole };
}

function textOf({ body, items = [] }: CardSection): string {
    return plain([body, ...items.map((item) => `• ${item}`)].filter((line) => line !== undefined).join('\n')).trim();
}

function codeBlocks(code: string, budget: Budget, note: string): Placed<SlackBlock[]> {
    if (code === '') return { out: [], whole: true };
    const room = Math.min(LIMITS.section, budget.left) - note.length - 10;
    if (room < 100) return { out: [{ type: 'context', elements: [plainObject(note)] }], whole: false };
    const { escaped, whole } = escapeWithin(withoutFences(plainCode(code)), room);
    const block = budget.take(`\`\`\`\n${escaped}\n\`\`\``);
    const cut: SlackBlock[] = whole ? [] : [{ type: 'context', elements: [plainObject(budget.take(note))] }];
    return { out: [{ type: 'section', text: markdownObject(block) }, ...cut], whole };
}

/** Mentions of the approvers, buttons, and the small print with `note` before it. */
function tailOf(card: Card, decision: CardDecision | undefined, note: string | undefined, texts: Texts): SlackBlock[] {
    const budget = new Budget(RESERVED - texts.chat.shortened.length);
    const buttons = [
        ...(decision ? decisionButtons(card.incidentId, decision, texts) : []),
        ...linkButton(card, texts),
    ];
    const notes = [...(note === undefined ? [] : [note]), ...card.footnotes];
    const small = cutTo(notes.map(plainLine).join(' · '), 700, texts.chat.cut);
    const mentions = decision ? mentionsOf(decision.approvers, budget) : '';
    return [
        ...(mentions === '' ? [] : [{ type: 'section' as const, text: markdownObject(mentions) }]),
        ...(buttons.length > 0 ? [{ type: 'actions' as const, elements: buttons }] : []),
        ...(small === '' ? [] : [{ type: 'context' as const, elements: [plainObject(budget.take(small))] }]),
    ];
}

function decisionButtons(incidentId: string, decision: CardDecision, texts: Texts): SlackButton[] {
    const value = buttonValue(incidentId, decision.seal);
    const button = (text: string, longest: number): ReturnType<typeof plainObject> =>
        plainObject(cutTo(plainLine(text), longest, '…'));
    return [
        {
            type: 'button',
            action_id: APPROVE,
            value,
            style: 'primary',
            text: button(decision.approve, LIMITS.button),
            confirm: {
                title: button(texts.approval.confirmTitle, LIMITS.confirmTitle),
                text: button(decision.confirm, LIMITS.confirmText),
                confirm: button(decision.approve, LIMITS.confirmButton),
                deny: button(texts.approval.cancel, LIMITS.confirmButton),
            },
        },
        { type: 'button', action_id: REJECT, value, style: 'danger', text: button(decision.reject, LIMITS.button) },
    ];
}

/** A button that opens the incident page; Slack takes absolute addresses only. */
function linkButton({ link }: Card, texts: Texts): SlackButton[] {
    if (link === undefined || !/^https?:\/\//.test(link) || link.length > 3000) return [];
    return [{ type: 'button', action_id: 'alert-to-fix.open', text: plainObject(texts.chat.open), url: link }];
}

/** The approvers that Slack can call: the policy names them, so this is the one place where mentions are wanted. */
function mentionsOf(approvers: readonly string[], budget: Budget): string {
    const mentions = approvers.flatMap((approver) => {
        const person = /^slack:[A-Z0-9]+\/([UW][A-Z0-9]+)$/.exec(approver)?.[1];
        const group = /^slack-group:[A-Z0-9]+\/(S[A-Z0-9]+)$/.exec(approver)?.[1];
        return person ? [`<@${person}>`] : group ? [`<!subteam^${group}>`] : [];
    });
    return budget.take(mentions.slice(0, 20).join(' '));
}
