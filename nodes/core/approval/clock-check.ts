import { FixError } from '../errors';
import { ONCE_REFUSED } from '../incident/diagnose-again';
import type { Incident } from '../model/incident';

/** Clocks of machines that share a store differ by less than this, milliseconds. */
const TOLERANCE_MS = 60_000;

/**
 * An approval lasts until a time of day, so a clock that went back would make it last longer. Throws `CLOCK_WRONG` when
 * `now` is earlier than what the incident says has happened: its plan made, sealed, approved, or one of `others` (ISO
 * 8601).
 */
export function requireClockWentOn({ plan, approval }: Incident, now: Date, others: readonly string[] = []): void {
    const happened = [plan?.madeAt, plan?.terms?.setAt, ...(approval?.decisions ?? []).map(({ at }) => at), ...others];
    const latest = Math.max(...happened.map((at) => Date.parse(at ?? '')).filter((time) => !Number.isNaN(time)));
    if (now.getTime() + TOLERANCE_MS >= latest) return;
    throw new FixError(
        'CLOCK_WRONG',
        `The clock says ${now.toISOString()}, but this plan has been worked on until ${new Date(latest).toISOString()}: the clock went back, or was ahead before.`,
        {
            field: 'clock',
            cure: `Set the clocks of all machines that share this store by NTP. ${ONCE_REFUSED}`,
        },
    );
}
