import { redact } from '../redact';

/** Control characters, invisible ones and those that turn the reading direction. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]+/gu;

/**
 * Text a person typed, fit for cards and logs: one line, no control or direction marks, no secret, at most
 * `longest` characters. Angle brackets become ‹ ›, so that no chat reads a mention such as `<!channel>`.
 */
export function cleanText(text: string, longest: number): string {
    const oneLine = redact(text.slice(0, longest * 4))
        .replace(UNSEEN, ' ')
        .replaceAll('<', '‹')
        .replaceAll('>', '›')
        .replace(/\s+/g, ' ')
        .trim();
    const characters = [...oneLine];
    return characters.length > longest ? `${characters.slice(0, longest - 1).join('')}…` : oneLine;
}
