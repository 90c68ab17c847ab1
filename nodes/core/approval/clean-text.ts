import { clip } from '../text/cut';
import { plainLine } from '../text/plain-text';
import { redact } from '../text/redact';

/**
 * Text a person typed, fit for cards and logs: one line, no control or direction marks, no secret, at most
 * `longest` characters. Angle brackets become ‹ ›, so that no chat reads a mention such as `<!channel>`.
 */
export function cleanText(text: string, longest: number): string {
    const oneLine = plainLine(redact(text.slice(0, longest * 4)));
    return clip(oneLine.replaceAll('<', '‹').replaceAll('>', '›'), longest);
}
