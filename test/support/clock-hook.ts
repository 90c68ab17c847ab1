/**
 * For a process that a test starts with `--require <this file>`: its clock of the day is wrong by as many milliseconds
 * as the file CLOCK_FILE says, from then on. Timers are right: they go by the clock that never jumps. See `clock.ts`.
 */
import { readFileSync } from 'node:fs';

const file = process.env.CLOCK_FILE ?? '';
/** How often the file is looked at, milliseconds. */
const LOOK_MS = 20;
const realNow = Date.now;
let offset = 0;
let lookedAt = -Infinity;

function now(): number {
    const at = performance.now();
    if (at - lookedAt > LOOK_MS) {
        lookedAt = at;
        offset = Number(readFileSync(file, 'utf8'));
    }
    return realNow() + offset;
}

if (file !== '') {
    Date.now = now;
    globalThis.Date = new Proxy(Date, {
        construct: (date, args: unknown[], made) =>
            Reflect.construct(date, args.length === 0 ? [now()] : args, made) as Date,
        apply: () => new Date().toString(),
    });
}
