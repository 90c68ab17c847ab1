import {
    APPROVED,
    escalating,
    escalationDue,
    expiring,
    type Gate,
    isHeldBy,
    leaving,
    REFUSED,
    WAITING,
} from '../core/approval/gate';
import { monotonicMs } from '../core/clock';
import { standsAt } from '../core/incident/flow';
import type { Policy } from '../core/model/approval';
import type { Incident } from '../core/model/incident';
import type { Stage } from '../core/model/stage';
import type { Incidents, Transition } from '../core/store/incidents';

/** How often every waiting incident is looked at, should a notice of the store have been missed. */
const LOOK_MS = 3_000;
/** The process that posted the card still has the message and goes first; after so long any other carries on. */
const GRACE_MS = 10_000;
const LONGEST_TIMER_MS = 3_600_000;
/** Stages an incident can have while the gate holds it. */
const HELD: readonly Stage[] = ['waiting', 'approved', 'refused'];
/** So many of the newest are looked through after a start. */
const NEWEST = 1_000;

/** What the steps of a gate report to its node. */
export interface GateEvents {
    /** The incident is approved (output 0) or refused (output 1) and is to be put on that output, now and only here. */
    decided(incident: Incident, output: number): void;
    /** The approval is about to expire; told once. */
    escalated(incident: Incident): void;
    /** How many incidents wait. */
    counted(waiting: number): void;
    report(thrown: unknown): void;
}

interface Waiting {
    timer?: NodeJS.Timeout;
    /** When the approval expires, on the clock that never jumps; `until` tells which approval that is. */
    expiry?: { until: string; at: number };
    /** The store did not answer whether our leaving was written. */
    unsure?: boolean;
}

/**
 * Keeps the incidents that wait at a gate: notices decisions of any process, lets approvals expire, calls out
 * late ones. Whatever several processes see at the same time, each transition is won by one of them.
 */
export class GateSteps {
    private readonly waiting = new Map<string, Waiting>();
    /** Ids that are attended to right now; true when there is reason to look again right after. */
    private readonly attending = new Map<string, boolean>();
    private readonly policy: Policy;
    private failing = false;
    private searched = false;

    constructor(
        private readonly incidents: Incidents,
        private readonly gate: Gate,
        private readonly events: GateEvents,
        private readonly closing: AbortSignal,
    ) {
        this.policy = gate.policy;
    }

    /** Listens from now on, and takes up what already waits as soon as the store answers. */
    open(): void {
        if (this.closing.aborted) return;
        const stop = this.incidents.store.watch(({ id, stage }) => {
            if (HELD.includes(stage) || this.waiting.has(id)) this.look(id);
        });
        const poll = setInterval(() => void this.poll(), LOOK_MS);
        this.closing.addEventListener('abort', () => {
            stop();
            clearInterval(poll);
            [...this.waiting.keys()].forEach((id) => this.forget(id));
        });
        void this.poll();
    }

    private async poll(): Promise<void> {
        [...this.waiting.keys()].forEach((id) => this.look(id));
        if (this.searched) return;
        await this.guarded(async () => {
            const found = await this.incidents.store.list({ stages: HELD, limit: NEWEST });
            this.searched = true;
            found
                .filter(({ incident }) => isHeldBy(this.gate.id, incident))
                .forEach(({ incident }) => this.look(incident.id));
        });
    }

    /** Looks at the incident as it now is in the store, and does what is due. */
    look(id: string): void {
        if (this.closing.aborted) return;
        const isAttended = this.attending.has(id);
        this.attending.set(id, isAttended);
        if (!isAttended) void this.attendAlone(id);
    }

    /** One at a time for each incident, so that a write under way is never taken for somebody else's. */
    private async attendAlone(id: string): Promise<void> {
        await this.guarded(() => this.attend(id));
        const again = this.attending.get(id) === true;
        this.attending.delete(id);
        if (again) this.look(id);
    }

    /** Reports the first failure of a row, and the count again when it is over. */
    private async guarded(work: () => Promise<void>): Promise<void> {
        try {
            await work();
            if (this.failing) this.events.counted(this.waiting.size);
            this.failing = false;
        } catch (thrown) {
            if (!this.failing) this.events.report(thrown);
            this.failing = true;
        }
    }

    private async attend(id: string): Promise<void> {
        const { incident } = await this.incidents.get(id);
        if (this.closing.aborted) return;
        if (!isHeldBy(this.gate.id, incident)) return this.departed(incident);
        if (!HELD.includes(incident.stage)) return this.forget(id);
        const held = this.register(id);
        if (incident.stage === 'waiting') return this.wait(incident, held);
        if (this.isOurs(incident, incident.updatedAt)) await this.leave(id, held);
    }

    private async wait(incident: Incident, held: Waiting): Promise<void> {
        const expiresAt = new Date(incident.approval?.expiresAt ?? this.incidents.now());
        const now = timeOf(held, this.incidents.now(), expiresAt);
        const escalation = escalationDue(incident, this.policy);
        const due = escalation && escalation < expiresAt ? escalation : expiresAt;
        if (now < due) {
            clearTimeout(held.timer);
            held.timer = setTimeout(
                () => this.look(incident.id),
                Math.min(due.getTime() - now.getTime(), LONGEST_TIMER_MS),
            );
            return;
        }
        if (!this.isOurs(incident, due.toISOString(), now)) return;
        const { incident: changed, won } = await this.change(
            incident.id,
            now < expiresAt ? escalating(this.policy) : (current) => expiring(current, now),
        );
        if (won && changed.stage === 'waiting') this.events.escalated(changed);
        this.look(incident.id);
    }

    private async leave(id: string, held: Waiting): Promise<void> {
        held.unsure = true;
        const { incident, won } = await this.change(id, leaving(this.gate));
        held.unsure = false;
        if (won) this.send(incident);
    }

    /** Not held any more: carried on elsewhere, or by a write of ours whose answer was lost. */
    private departed(incident: Incident): void {
        const lost =
            this.waiting.get(incident.id)?.unsure === true &&
            [APPROVED, REFUSED].some((output) => standsAt(incident, this.gate.sent(output)));
        if (lost) this.send(incident);
        else this.forget(incident.id);
    }

    private send(incident: Incident): void {
        this.forget(incident.id);
        this.events.decided(incident, incident.flow.port ?? REFUSED);
    }

    /** True for what this process posted, and for what its owner has left lying since `due`. */
    private isOurs(incident: Incident, due: string, now = this.incidents.now()): boolean {
        const posted = standsAt(incident, this.gate.sent(WAITING));
        return posted || now.getTime() - Date.parse(due) > GRACE_MS;
    }

    private async change(id: string, transition: Transition): Promise<{ incident: Incident; won: boolean }> {
        let won = false;
        const incident = await this.incidents.change(id, (current, now) => {
            const change = transition(current, now);
            won = change.entries.length > 0;
            return change;
        });
        return { incident, won };
    }

    private register(id: string): Waiting {
        const held = this.waiting.get(id) ?? {};
        if (this.waiting.has(id)) return held;
        this.waiting.set(id, held);
        this.events.counted(this.waiting.size);
        return held;
    }

    private forget(id: string): void {
        const held = this.waiting.get(id);
        if (!held) return;
        clearTimeout(held.timer);
        this.waiting.delete(id);
        this.events.counted(this.waiting.size);
    }
}

/**
 * The present time; but no earlier than the expiry once an approval has waited for so long, whatever the wall clock
 * says.
 */
function timeOf(held: Waiting, now: Date, expiresAt: Date): Date {
    const until = expiresAt.toISOString();
    if (held.expiry?.until !== until) held.expiry = { until, at: monotonicMs() + expiresAt.getTime() - now.getTime() };
    return monotonicMs() >= held.expiry.at && now < expiresAt ? expiresAt : now;
}
