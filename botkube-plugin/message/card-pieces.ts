import type { Card, CardDecision, CardSection } from '../../nodes/core/chat/card';
import { TONE_ICONS } from '../../nodes/core/chat/icons';
import type { Texts } from '../../nodes/core/chat/texts';
import { shortSeal } from '../../nodes/core/model/plan';
import { clip } from '../../nodes/core/text/cut';
import { plainLine } from '../../nodes/core/text/plain-text';
import type { Piece } from './piece';

/** Title, state and fields of a card. */
export function headOf({ tone, title, summary, fields }: Card): Piece {
    return { title: `${TONE_ICONS[tone]} ${title}`, text: clip(plainLine(summary), 300), fields };
}

/** A section of a card. */
export function pieceOf({ title, body, items, code }: CardSection): Piece {
    return {
        title,
        ...(body === undefined ? {} : { text: body }),
        ...(items === undefined ? {} : { items }),
        ...(code === undefined ? {} : { code }),
    };
}

/**
 * A button proves nothing, anybody can type its command: the seal says what was seen, the executor asks who decides.
 */
export function decisionOf(incidentId: string, { seal, approve, reject, confirm }: CardDecision): Piece {
    const command = (verb: string): string => `fix ${verb} ${incidentId} ${shortSeal(seal)}`;
    return {
        text: confirm,
        buttons: [
            { label: approve, command: command('approve'), style: 'primary' },
            { label: reject, command: command('reject'), style: 'danger' },
        ],
    };
}

/** Small print, and the way to the incident page. */
export function footOf({ footnotes, link }: Card, texts: Texts): Piece[] {
    const open =
        link !== undefined && /^https?:\/\/[^\s<>|`]{1,800}$/.test(link)
            ? { link: { label: texts.chat.open, url: link } }
            : {};
    return footnotes.length > 0 || open.link ? [{ notes: [footnotes.join(' · ')], ...open }] : [];
}
