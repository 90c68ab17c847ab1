const DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const SECONDS = [31_536_000, 604_800, 86_400, 3_600, 60, 1, 0.001];

/** Seconds of a Prometheus duration such as `90s`, `1h30m` or `2d`; undefined when the text is none. */
export function durationSeconds(text: string): number | undefined {
    if (text.length === 0 || text.length > 40) return undefined;
    const parts = DURATION.exec(text);
    return parts
        ? SECONDS.reduce((sum, seconds, index) => sum + Number(parts[index + 1] ?? 0) * seconds, 0)
        : undefined;
}
