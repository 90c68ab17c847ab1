/**
 * A diff without the moments that `state: touch` shows: the moment it ran at is no drift. Also of a whole preview, and
 * of one that is made safe for display.
 */
export function withoutTimes(diff: string): string {
    return diff.replace(/^([+-] {4}"[am]time": )[\d.]+(,?)$/gm, '$1now$2');
}
