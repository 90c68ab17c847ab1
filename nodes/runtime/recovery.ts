import { monotonicMs } from '../core/clock';
import { adopting, standsAt } from '../core/incident/flow';
import type { FlowPosition, Incident } from '../core/model/incident';
import type { Stage } from '../core/model/stage';
import { keepHolding } from '../core/store/hold';
import type { Incidents } from '../core/store/incidents';
import type { Leases } from '../core/store/leases';
import { INSTANCE, instanceLease } from './instance';
import { forgetUndelivered, undelivered } from './undelivered';

/** A process is considered dead when it has not renewed its lease for this long. */
const LEASE_MS = 15_000;
/** How often left-behind incidents are looked for. */
const LOOK_MS = 5_000;
/** A step that was carried on and failed is tried again after this, then after ever longer pauses. */
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 600_000;

/** What a node can do with incidents that a restart, a crash or a redeploy left at this node. */
export interface Recovery {
    /** Id of the node; only incidents whose flow position names it are its business. */
    node: string;
    /** Stages in which such incidents can be. */
    stages: readonly Stage[];
    /** The step was under way: do it again, re-attach to it, or declare it unknown. */
    resume?(incident: Incident): Promise<void>;
    /** The incident was put on this output, and nobody carried it on: put it there again. */
    emit?(incident: Incident, output: number): void;
    /** The time an incident was held for is over. */
    release?(incident: Incident): Promise<void>;
    /** Is the incident known to have arrived behind the output it was put on? Then it is not left behind. */
    arrived?(incident: Incident): boolean;
    /** Is this node object working on the incident right now? Then it is not left behind. */
    active(incidentId: string): boolean;
    /** Where failures go. */
    report(thrown: unknown): void;
}

/**
 * Looks for left-behind incidents now and every few seconds, until `closing` is aborted. Each is adopted by one
 * compare-and-set, so that of several instances exactly one carries it on.
 */
export function recover(incidents: Incidents, recovery: Recovery, closing: AbortSignal): void {
    if (closing.aborted) return;
    const stopHeartbeat = keepAlive(incidents.store.leases);
    const patience = new Patience();
    let looking = false;
    const look = async (): Promise<void> => {
        if (looking || closing.aborted) return;
        looking = true;
        try {
            await adoptLeftBehind(incidents, recovery, patience);
        } catch (thrown) {
            recovery.report(thrown);
        } finally {
            looking = false;
        }
    };
    const timer = setInterval(() => void look(), LOOK_MS);
    closing.addEventListener('abort', () => {
        clearInterval(timer);
        stopHeartbeat();
    });
    void look();
}

async function adoptLeftBehind(incidents: Incidents, recovery: Recovery, patience: Patience): Promise<void> {
    const alive = new Map<string, boolean>([[INSTANCE, true]]);
    const isAlive = async (instance: string): Promise<boolean> => {
        const known = alive.get(instance);
        if (known !== undefined) return known;
        if (wasAwayLately(incidents.store.leases)) return true;
        const answer = (await incidents.store.leases.ownerOf(instanceLease(instance))) !== undefined;
        alive.set(instance, answer);
        return answer;
    };
    const { node, stages } = recovery;
    const ids = [...new Set([...(await incidents.store.idsLeftAt(node, stages, INSTANCE)), ...undelivered()])];
    patience.keepOnly(ids);
    for (const id of ids) {
        if (recovery.active(id)) continue;
        const incident = (await incidents.store.read(id))?.incident;
        if (!incident || !isSentByUs(incident.flow)) forgetUndelivered(id);
        if (
            incident?.flow.node !== node ||
            !stages.includes(incident.stage) ||
            recovery.active(id) ||
            recovery.arrived?.(incident)
        )
            continue;
        if ((await isLeftBehind(incident, isAlive, incidents.now())) && patience.mayTry(id))
            await carryOn(incidents, recovery, incident);
    }
}

function isSentByUs({ state, instance }: FlowPosition): boolean {
    return state === 'sent' && instance === INSTANCE;
}

async function isLeftBehind(
    { id, flow }: Incident,
    isAlive: (instance: string) => Promise<boolean>,
    now: Date,
): Promise<boolean> {
    if (flow.state === 'held') return flow.until !== undefined && new Date(flow.until) <= now;
    if (flow.instance === INSTANCE) return flow.state === 'working' || undelivered().has(id);
    return !(await isAlive(flow.instance));
}

async function carryOn(incidents: Incidents, recovery: Recovery, incident: Incident): Promise<void> {
    const left = incident.flow;
    if (left.state === 'held') {
        await recovery.release?.(incident);
        return;
    }
    const position: FlowPosition = { ...left, instance: INSTANCE };
    let adopted = incident;
    if (left.instance !== INSTANCE) {
        adopted = await incidents.change(incident.id, adopting(left, position));
        if (!standsAt(adopted, position) || recovery.active(incident.id)) return;
    }
    forgetUndelivered(incident.id);
    if (left.state === 'working') await recovery.resume?.(adopted);
    else recovery.emit?.(adopted, left.port ?? 0);
}

/** Remembers when each incident was carried on, so that one that fails every time fills neither timeline nor log. */
class Patience {
    private readonly tries = new Map<string, { pauseMs: number; next: number }>();

    mayTry(id: string): boolean {
        const now = monotonicMs();
        const { pauseMs, next } = this.tries.get(id) ?? { pauseMs: FIRST_PAUSE_MS, next: now };
        if (now < next) return false;
        this.tries.set(id, { pauseMs: Math.min(2 * pauseMs, LONGEST_PAUSE_MS), next: now + pauseMs });
        return true;
    }

    keepOnly(ids: readonly string[]): void {
        for (const id of this.tries.keys()) if (!ids.includes(id)) this.tries.delete(id);
    }
}

/** That this process lives, as the store's other users see it. */
interface Heartbeat {
    users: number;
    /** When the store last did not take it, on the clock that never jumps. */
    missedAt?: number;
    stop(): void;
}

/** One heartbeat per store, however many nodes ask for it. */
const heartbeats = new WeakMap<Leases, Heartbeat>();

/** After the store was away, processes that live have no lease until they have renewed it. */
function wasAwayLately(leases: Leases): boolean {
    return monotonicMs() - (heartbeats.get(leases)?.missedAt ?? -Infinity) < LEASE_MS;
}

/** Holds the lease of this process until the returned function has been called as often as this one. */
function keepAlive(leases: Leases): () => void {
    const heartbeat = heartbeats.get(leases) ?? beginHeartbeat(leases);
    heartbeat.users += 1;
    return () => {
        heartbeat.users -= 1;
        if (heartbeat.users > 0) return;
        heartbeat.stop();
        heartbeats.delete(leases);
    };
}

function beginHeartbeat(leases: Leases): Heartbeat {
    const lease = { name: instanceLease(INSTANCE), owner: INSTANCE, ttlMs: LEASE_MS };
    const { stop } = keepHolding(leases, lease, () => {
        heartbeat.missedAt = monotonicMs();
    });
    const heartbeat: Heartbeat = { users: 0, stop };
    heartbeats.set(leases, heartbeat);
    return heartbeat;
}
