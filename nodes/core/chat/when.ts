import { fill, type Texts } from './texts';

/** `2026-11-22 11:20 UTC`. */
export function utc(iso: string): string {
    return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

/** A length of time in its two largest units, e.g. `3 h 5 min`. */
export function span(seconds: number, texts: Texts): string {
    const whole = Math.max(0, Math.round(seconds));
    const parts: [number, string][] = [
        [Math.floor(whole / 86_400), texts.time.days],
        [Math.floor(whole / 3_600) % 24, texts.time.hours],
        [Math.floor(whole / 60) % 60, texts.time.minutes],
        [whole % 60, texts.time.seconds],
    ];
    const first = parts.findIndex(([count]) => count > 0);
    if (first === -1) return fill(texts.time.seconds, { n: 0 });
    return parts
        .slice(first, first + 2)
        .filter(([count]) => count > 0)
        .map(([n, text]) => fill(text, { n }))
        .join(' ');
}

/** `since 2026-11-22 11:20 UTC (for 12 min)`. */
export function since(iso: string, now: Date, texts: Texts): string {
    return fill(texts.time.since, { time: utc(iso), span: span(secondsFrom(iso, now), texts) });
}

/** `until 2026-11-22 11:40 UTC (in 20 min)`. */
export function until(iso: string, now: Date, texts: Texts): string {
    const left = -secondsFrom(iso, now);
    return fill(left > 0 ? texts.time.until : texts.time.over, { time: utc(iso), span: span(left, texts) });
}

/** `3 d 4 h ago`. */
export function ago(iso: string, now: Date, texts: Texts): string {
    return fill(texts.time.ago, { span: span(secondsFrom(iso, now), texts) });
}

function secondsFrom(iso: string, now: Date): number {
    return (now.getTime() - Date.parse(iso)) / 1000;
}
