import { z } from 'zod';
import { monotonicMs } from '../../core/clock';
import type { AlertMemory, AskedAlert } from '../../core/diagnosis/ports';
import { FixError } from '../../core/errors';
import { authorizationHeader, type HttpAuth, readLimited } from '../../core/http';
import { cut } from '../../core/text/cut';
import { parseJson } from '../../core/text/json';
import { formatMatchers } from '../../core/text/matcher';

export interface AlertmanagerOptions {
    /** Address without `/api/v2`, e.g. `http://127.0.0.1:9093`. */
    url: string;
    auth: HttpAuth;
    timeoutMs: number;
}

/** Largest answer that is read, bytes. */
const LARGEST = 20_000_000;
/** Most alert names asked for one by one; above, all alerts are asked for at once. */
const MOST_QUERIES = 5;
/**
 * Alertmanager keeps alerts in memory only. Prometheus tells it again of each that fires once a minute (and at the
 * latest after another evaluation), so what is not there so soon after its start may fire all the same.
 */
const SETTLING_MS = 150_000;
/** The header Date has whole seconds. */
const DATE_HEADER_MS = 1_000;
/** Names that intake never rewrites (it writes out invisible characters and redacts secrets). */
const UNTOUCHED = /^\w{1,100}$/;

const alerts = z.array(
    z.object({
        fingerprint: z.string(),
        startsAt: z.string(),
        labels: z.record(z.string(), z.string()),
        annotations: z.record(z.string(), z.string()).default({}),
    }),
);
const status = z.object({ uptime: z.iso.datetime({ offset: true }) });
/** An alert that fires, as Alertmanager tells it. */
export type ActiveAlert = z.infer<typeof alerts>[number];

/**
 * Alerts that fire now, by Alertmanager's API v2 (`api/v2/openapi.yaml` of its repository). A silenced or
 * inhibited alert still fires. An alert that is not there has cleared, unless Alertmanager was started after the
 * alert, too short a time ago, and has never shown it to us.
 */
export class AlertmanagerAlerts implements AlertMemory {
    private readonly api: string;
    /** When an alert was last seen to fire, by fingerprint, on the clock that never jumps; until it has cleared. */
    private readonly seen = new Map<string, number>();

    constructor(private readonly options: AlertmanagerOptions) {
        this.api = `${options.url.replace(/\/+$/, '')}/api/v2`;
    }

    async states(asked: readonly AskedAlert[], signal: AbortSignal): Promise<Map<string, 'firing' | 'cleared'>> {
        const found = await Promise.all(filtersFor(asked).map((labels) => this.active(labels, signal)));
        const firing = new Set(found.flat().map(({ fingerprint }) => fingerprint));
        if (!asked.some(({ fingerprint }) => firing.has(fingerprint))) await this.requireMemory(asked, signal);
        return new Map(asked.map(({ fingerprint }) => [fingerprint, this.noted(fingerprint, firing.has(fingerprint))]));
    }

    async firing(labels: Record<string, string>, signal: AbortSignal): Promise<ActiveAlert[]> {
        return this.active(labels, signal);
    }

    async since(signal: AbortSignal): Promise<Date> {
        const {
            said: { uptime },
            at,
        } = await this.ask('/status', status, signal);
        return new Date(Date.now() - (at - Date.parse(uptime)) - DATE_HEADER_MS);
    }

    private async active(labels: Record<string, string>, signal: AbortSignal): Promise<ActiveAlert[]> {
        return (await this.ask(`/alerts?${query(labels)}`, alerts, signal)).said;
    }

    private noted(fingerprint: string, fires: boolean): 'firing' | 'cleared' {
        if (fires) this.seen.set(fingerprint, monotonicMs());
        else this.seen.delete(fingerprint);
        return fires ? 'firing' : 'cleared';
    }

    /** Throws while Alertmanager may not yet have been told again of alerts that are older than itself. */
    private async requireMemory(asked: readonly AskedAlert[], signal: AbortSignal): Promise<void> {
        if (asked.every(({ fingerprint, startsAt }) => startsAt === undefined && !this.seen.has(fingerprint))) return;
        const {
            said: { uptime },
            at,
        } = await this.ask('/status', status, signal);
        const age = at - Date.parse(uptime);
        const isYounger = ({ fingerprint, startsAt }: AskedAlert): boolean => {
            const seen = this.seen.get(fingerprint);
            if (seen !== undefined) return monotonicMs() - seen < age;
            return startsAt === undefined || Date.parse(startsAt) > Date.parse(uptime);
        };
        if (age >= SETTLING_MS || asked.every(isYounger)) return;
        throw down(
            `it was started ${Math.round(age / 1000)} s ago, and Prometheus may not have told it of the alert again yet`,
        );
    }

    /** What it says, and when: milliseconds since 1970 on its own clock, because ours may be wrong. */
    private async ask<T>(path: string, shape: z.ZodType<T>, signal: AbortSignal): Promise<{ said: T; at: number }> {
        signal.throwIfAborted();
        const { timeoutMs, auth } = this.options;
        const limit = AbortSignal.timeout(timeoutMs);
        try {
            const response = await fetch(`${this.api}${path}`, {
                headers: { accept: 'application/json', ...authorizationHeader(auth) },
                redirect: 'error',
                signal: AbortSignal.any([signal, limit]),
            });
            const body = await readLimited(response, LARGEST);
            if (body === undefined) throw down(`its answer is larger than ${LARGEST} bytes`);
            const at = Date.parse(response.headers.get('date') ?? '');
            return { said: readAnswer(response.status, body, shape), at: Number.isNaN(at) ? Date.now() : at };
        } catch (thrown) {
            signal.throwIfAborted();
            if (thrown instanceof FixError) throw thrown;
            throw unreachable(this.api, limit.aborted ? `did not answer within ${timeoutMs} ms` : undefined, thrown);
        }
    }
}

/** Narrows the question by alert name where that is safe; the fingerprint decides. */
function filtersFor(asked: readonly { labels: Record<string, string> }[]): Record<string, string>[] {
    const names = new Set(asked.map(({ labels }) => labels.alertname ?? ''));
    const narrow = names.size <= MOST_QUERIES && [...names].every((name) => UNTOUCHED.test(name));
    return narrow ? [...names].map((alertname) => ({ alertname })) : [{}];
}

function query(labels: Record<string, string>): URLSearchParams {
    const matchers = Object.entries(labels).map(([name, value]) => [
        'filter',
        formatMatchers([{ name, op: '=', value }]),
    ]);
    return new URLSearchParams([['active', 'true'], ['silenced', 'true'], ['inhibited', 'true'], ...matchers]);
}

function readAnswer<T>(status: number, body: string, shape: z.ZodType<T>): T {
    if (status === 401 || status === 403)
        throw down(`it refuses our sign-in (HTTP ${status}); check token or user and password`);
    if (status !== 200) throw down(`it answered HTTP ${status}: ${cut(body.trim(), 300)}`);
    const parsed = shape.safeParse(parseJson(body));
    if (parsed.success) return parsed.data;
    throw down('its answer is not that of API v2; check the address, it must be the one without /api/v2');
}

function unreachable(api: string, what: string | undefined, thrown: unknown): FixError {
    const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause.message : String(thrown);
    return down(`${new URL(api).origin} ${what ?? `cannot be reached: ${cause}`}`, thrown);
}

function down(what: string, cause?: unknown): FixError {
    return new FixError('ALERTMANAGER_DOWN', `Alertmanager cannot tell whether the alert fires: ${what}.`, {
        cure: 'Check the Alertmanager address in the Prometheus server node, and that it runs.',
        cause,
    });
}
