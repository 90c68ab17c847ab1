import type { TimeWindow } from '../model/approval';

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/**
 * Is `now` inside the window? The wall clock of the window's time zone decides, so the hours stay the same when
 * clocks change. A window past midnight belongs to the day it starts on; equal times mean the whole day.
 */
export function isInWindow(window: TimeWindow, now: Date): boolean {
    const { day, minute } = wallClock(now, window.timeZone);
    const from = minutesOf(window.from);
    const to = minutesOf(window.to);
    const today = window.days.includes(day);
    if (from === to) return today;
    if (from < to) return today && minute >= from && minute < to;
    const yesterday = window.days.includes((day + 6) % 7);
    return (today && minute >= from) || (yesterday && minute < to);
}

/** True when the runtime knows this IANA time zone. */
export function isTimeZone(name: string): boolean {
    try {
        new Intl.DateTimeFormat('en-US', { timeZone: name });
        return true;
    } catch {
        return false;
    }
}

/** Minutes since midnight of `HH:MM`, up to `24:00`. */
function minutesOf(time: string): number {
    const [hours = '0', minutes = '0'] = time.split(':');
    return Number(hours) * 60 + Number(minutes);
}

function wallClock(now: Date, timeZone: string): { day: number; minute: number } {
    const parts = new Intl.DateTimeFormat('en-US', {
        timeZone,
        weekday: 'short',
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
    }).formatToParts(now);
    const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find((one) => one.type === type)?.value ?? '';
    return { day: WEEKDAYS.indexOf(part('weekday')), minute: Number(part('hour')) * 60 + Number(part('minute')) };
}
