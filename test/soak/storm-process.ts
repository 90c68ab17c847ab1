import { setTimeout as wait } from 'node:timers/promises';
import { STORM_ALERTS } from './library';
import { Random } from './random';
import type { StormAnswer, StormOrder } from './storm';

/**
 * The process that makes the storm, as Prometheus would: it tells Alertmanager of alerts that begin and end, and again
 * of those that last. It obeys the orders of `storm.ts`.
 */
const TICK_MS = 500;
/** Prometheus tells again of alerts that last. */
const AGAIN_MS = 60_000;
const LIFE_SECONDS: [number, number] = [15, 60];
const PAUSE_SECONDS: [number, number] = [10, 30];
/** Groups of one storm, alerts of one group. */
const STORM_GROUPS: [number, number] = [10, 60];
const GROUP_ALERTS: [number, number] = [1, 8];
const KINDS = [
    STORM_ALERTS.unknown,
    STORM_ALERTS.unknown,
    STORM_ALERTS.unknown,
    STORM_ALERTS.unfounded,
    STORM_ALERTS.unfounded,
    STORM_ALERTS.advice,
];
/** Share of groups that are earlier ones which fire again. */
const REFIRE = 0.1;
const REFIRE_AFTER_MS = 10_000;
const REMEMBERED = 100;

interface Posted {
    labels: Record<string, string>;
    annotations: Record<string, string>;
    startsAt: string;
    endsAt?: string;
    /** When to end it by itself; absent: when ordered. */
    until?: number;
    toldAt?: number;
}

class Storm {
    private readonly firing = new Map<string, Posted>();
    private readonly ended: { labels: Record<string, string>; at: number }[] = [];
    private readonly random: Random;
    private nextStorm = 0;
    private groups = 0;
    private begun = 0;
    private isCalm = false;

    constructor(
        private readonly url: string,
        seed: number,
    ) {
        this.random = new Random(seed);
    }

    fire(labels: Record<string, string>, until?: number): void {
        const annotations = {
            summary: `${labels.alertname} on ${labels.host ?? labels.instance}: it has been so for more than ten minutes, and nobody has looked at it.`,
        };
        this.firing.set(keyOf(labels), {
            labels,
            annotations,
            startsAt: new Date().toISOString(),
            ...(until === undefined ? {} : { until }),
        });
        this.begun += 1;
    }

    clear(labels: Record<string, string>): void {
        const alert = this.firing.get(keyOf(labels));
        if (alert) alert.endsAt ??= new Date().toISOString();
    }

    /** No new alerts, and an end to all but those that end when ordered. */
    calm(): void {
        this.isCalm = true;
        for (const { labels, until } of this.firing.values()) if (until !== undefined) this.clear(labels);
    }

    async live(): Promise<never> {
        for (;;) {
            await wait(TICK_MS);
            if (!this.isCalm) this.brew();
            await this.tell().catch(() => undefined);
            if (this.isCalm && this.firing.size === 0) process.send?.({ calm: this.begun } satisfies StormAnswer);
        }
    }

    /** A group now and then, and a storm now and then. */
    private brew(): void {
        const now = Date.now();
        for (const alert of this.firing.values()) if ((alert.until ?? Infinity) <= now) this.clear(alert.labels);
        if (this.random.chance(0.5)) this.group(now);
        if (now < this.nextStorm) return;
        this.nextStorm = now + this.random.between(...PAUSE_SECONDS) * 1000;
        for (let left = this.random.whole(...STORM_GROUPS); left > 0; left -= 1) this.group(now);
    }

    private group(now: number): void {
        const until = now + this.random.between(...LIFE_SECONDS) * 1000;
        const [old] = this.random.chance(REFIRE)
            ? this.ended.filter(({ labels, at }) => at < now - REFIRE_AFTER_MS && !this.firing.has(keyOf(labels)))
            : [];
        if (old) {
            this.fire(old.labels, until);
            return;
        }
        this.groups += 1;
        const alertname = `${KINDS[this.random.whole(0, KINDS.length - 1)]}${this.groups}`;
        const alerts = this.random.whole(...GROUP_ALERTS);
        for (let index = 0; index < alerts; index += 1) {
            this.fire(
                {
                    alertname,
                    instance: `web-${index}.example.org:9100`,
                    cluster: 'main',
                    job: 'node',
                    severity: 'warning',
                    team: 'platform',
                },
                until,
            );
        }
    }

    private async tell(): Promise<void> {
        const now = Date.now();
        const news = [...this.firing.values()].filter(
            ({ toldAt, endsAt }) => endsAt !== undefined || (toldAt ?? 0) <= now - AGAIN_MS,
        );
        if (news.length === 0) return;
        const body = JSON.stringify(
            news.map(({ labels, annotations, startsAt, endsAt }) => ({ labels, annotations, startsAt, endsAt })),
        );
        const answer = await fetch(`${this.url}/api/v2/alerts`, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body,
        });
        if (!answer.ok) return;
        for (const alert of news) {
            alert.toldAt = now;
            if (alert.endsAt === undefined) continue;
            this.firing.delete(keyOf(alert.labels));
            if (alert.until !== undefined && this.ended.push({ labels: alert.labels, at: now }) > REMEMBERED)
                this.ended.shift();
        }
    }
}

function keyOf(labels: Record<string, string>): string {
    return JSON.stringify(Object.entries(labels).sort());
}

let storm: Storm | undefined;
process.on('message', (message) => {
    const order = message as StormOrder;
    if ('begin' in order) {
        storm = new Storm(order.begin.url, order.begin.seed);
        void storm.live();
    } else if ('fire' in order) storm?.fire(order.fire);
    else if ('clear' in order) storm?.clear(order.clear);
    else storm?.calm();
});
process.once('disconnect', () => process.exit());
