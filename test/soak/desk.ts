import { isEnded, type Stage } from '../../nodes/core/model/stage';
import { ALERT, type Line } from '../support/line';
import type { SoakLibrary } from './library';
import type { Random } from './random';
import type { Storm } from './storm';

/** So many approvals wait at a time, if Ansible can plan as fast as they are decided. */
export const WAITING = 10;
/** So many fixes are on their way at a time, with those that run. */
const ON_THEIR_WAY = 14;
const NEW_A_ROUND = 2;
/** Rounds after which an alert counts as folded into another incident, or its incident as ended. */
const UNSEEN_ROUNDS = 90;
const GONE_ROUNDS = 5;
const PATIENCE_MS = 20_000;
const AGAIN_MS = 3_000;
/** An incident that is still diagnosed so long after its last change goes no further by itself. */
const REST_MS = 60_000;
/** While fewer than ten wait, a decision may wait so much longer. */
const UNHURRIED_MS = 40_000;
const DWELL_SECONDS: [number, number] = [5, 40];
const SHARES = { reject: 0.15, leaveAlone: 0.1, doubleClick: 0.2, noHelp: 0.1 };

/** An incident of the page's list. */
interface Listed {
    id: string;
    stage: Stage;
    title: string;
    updatedAt: string;
}

/** What the robot has made up its mind to do. */
interface Intention {
    seal: string;
    verdict?: 'approve' | 'reject';
    clicks: number;
    /** When to click, and then when to click again should it wait on. */
    at: number;
    wasClicked: boolean;
}

/** An alert for which there is a fix, and whether it was seen on the page. */
interface Patient {
    labels: Record<string, string>;
    wasSeen: boolean;
    missed: number;
}

/** The robot at the incident page: sees to it that ten approvals wait, decides on them, and clears what was fixed. */
export class Desk {
    /** Digests of the seals to which it said yes, whatever was answered. */
    readonly approved = new Set<string>();
    readonly counts = { approvals: 0, rejections: 0, leftAlone: 0, doubleClicks: 0, turnedAway: 0 };
    /** How many approvals waited, at each round before the drain. */
    readonly waiting: number[] = [];
    private readonly intentions = new Map<string, Intention>();
    private readonly patients = new Map<number, Patient>();
    private readonly attended = new Set<string>();
    private readonly clicks = new Set<Promise<void>>();
    private fired = 0;

    constructor(private readonly parts: { line: Line; storm: Storm; library: SoakLibrary; random: Random }) {}

    /**
     * One look at the page, and what follows from it. Rejects when the page does not answer. Answers whether nothing is
     * left to be done.
     */
    async round({ isDraining = false } = {}): Promise<boolean> {
        const open = await this.open();
        const waiting = open.filter(({ stage }) => stage === 'waiting');
        if (!isDraining) this.waiting.push(waiting.length);
        this.watch(open);
        if (!isDraining) this.refill(open);
        const running = open.filter(({ stage }) => stage === 'approved' || stage === 'running').length;
        await this.decide(waiting, { isDraining, room: isDraining ? Infinity : ON_THEIR_WAY - WAITING - running });
        for (const { id } of open.filter(({ stage }) => stage === 'verifying')) await this.attend(id);
        return open.every(isLeftWithAdvice) && this.patients.size === 0;
    }

    /** Resolves when every click was answered. */
    async settled(): Promise<void> {
        await Promise.all(this.clicks);
    }

    /** The incidents on the page that go on; of those that ended without success the robot clears the alerts. */
    private async open(): Promise<Listed[]> {
        const all = new Map<string, Listed>();
        let before = '';
        for (;;) {
            const answer = await fetch(`${this.parts.line.nodeRed.url}/alert-to-fix/api/incidents?show=open${before}`, {
                signal: AbortSignal.timeout(PATIENCE_MS),
            });
            if (!answer.ok) throw new Error(`the page answered ${answer.status}: ${await answer.text()}`);
            const { incidents, more } = (await answer.json()) as { incidents: Listed[]; more: boolean };
            for (const incident of incidents) if (!isEnded(incident.stage)) all.set(incident.id, incident);
            const last = incidents.at(-1);
            if (!more || !last) return [...all.values()];
            before = `&before=${encodeURIComponent(`${last.updatedAt},${last.id}`)}`;
        }
    }

    /** Clears the alerts whose incidents have ended, or never came on their own. */
    private watch(open: readonly Listed[]): void {
        const seen = new Set(open.map(({ title }) => Number(new RegExp(`${ALERT}(\\d+)`).exec(title)?.[1])));
        for (const [number, patient] of this.patients) {
            patient.missed = seen.has(number) ? 0 : patient.missed + 1;
            patient.wasSeen ||= seen.has(number);
            if (patient.missed < (patient.wasSeen ? GONE_ROUNDS : UNSEEN_ROUNDS)) continue;
            this.parts.storm.clear(patient.labels);
            this.patients.delete(number);
        }
    }

    private refill(open: readonly Listed[]): void {
        const pastWaiting = open.filter(
            ({ stage, title }) => title.includes(ALERT) && ['approved', 'running', 'verifying'].includes(stage),
        ).length;
        for (let added = 0; added < NEW_A_ROUND; added += 1) {
            if (this.patients.size >= ON_THEIR_WAY || this.patients.size - pastWaiting >= WAITING) return;
            this.fired += 1;
            const labels = this.parts.library.labelsOf(this.fired);
            this.patients.set(this.fired, { labels, wasSeen: false, missed: 0 });
            this.parts.storm.fire(labels);
        }
    }

    /**
     * Approves no more than there is room for: else those who wait for Ansible would be the ten, and not those who wait
     * for a person.
     */
    private async decide(
        waiting: readonly Listed[],
        { isDraining, room }: { isDraining: boolean; room: number },
    ): Promise<void> {
        const dueBefore = Date.now() - (waiting.length >= WAITING ? 0 : UNHURRIED_MS);
        let left = room;
        const ids = new Set(waiting.map(({ id }) => id));
        for (const id of this.intentions.keys()) if (!ids.has(id)) this.intentions.delete(id);
        for (const { id } of waiting) {
            const intention = this.intentions.get(id) ?? (await this.makeUpMind(id));
            const isDue =
                (isDraining && !intention.wasClicked) ||
                intention.at <= (intention.wasClicked ? Date.now() : dueBefore);
            if (intention.verdict === undefined || !isDue || (intention.verdict === 'approve' && left <= 0)) continue;
            if (intention.verdict === 'approve') left -= 1;
            intention.at = Date.now() + AGAIN_MS;
            intention.wasClicked = true;
            for (let click = 0; click < intention.clicks; click += 1) this.click(id, intention.seal, intention.verdict);
        }
    }

    /** Looks at the card as a person does: what it shows is what is decided on. */
    private async makeUpMind(id: string): Promise<Intention> {
        const { random } = this.parts;
        const { incident } = await this.parts.line.show(id);
        const chance = random.next();
        const isLeftAlone = chance < SHARES.leaveAlone;
        const verdict = chance < SHARES.leaveAlone + SHARES.reject ? 'reject' : 'approve';
        const clicks = random.chance(SHARES.doubleClick) ? 2 : 1;
        const at = Date.now() + random.between(...DWELL_SECONDS) * 1000;
        const intention: Intention = {
            seal: incident.seal?.digest ?? '',
            at,
            clicks,
            wasClicked: false,
            ...(isLeftAlone ? {} : { verdict }),
        };
        this.intentions.set(id, intention);
        if (isLeftAlone) this.counts.leftAlone += 1;
        else if (clicks > 1) this.counts.doubleClicks += 1;
        return intention;
    }

    /** Does not wait for the answer, so that a decision that takes long holds up no other. */
    private click(id: string, seal: string, verdict: 'approve' | 'reject'): void {
        if (verdict === 'approve') this.approved.add(seal);
        const answered = this.parts.line
            .decide(id, verdict, seal)
            .then(
                ({ ok }) => {
                    this.counts[ok ? (verdict === 'approve' ? 'approvals' : 'rejections') : 'turnedAway'] += 1;
                },
                () => undefined,
            )
            .finally(() => this.clicks.delete(answered));
        this.clicks.add(answered);
    }

    /** The fix has run: its alerts clear, but now and then it did not help. */
    private async attend(id: string): Promise<void> {
        if (this.attended.has(id)) return;
        const { incident } = await this.parts.line.show(id);
        this.attended.add(id);
        if (isEnded(incident.stage) || this.parts.random.chance(SHARES.noHelp)) return;
        for (const { labels } of incident.alerts) if (labels.note !== undefined) this.parts.storm.clear(labels);
    }
}

/** Its alerts fire on for Node-RED, since Alertmanager gave up on telling of them, and so never tells of their end. */
function isLeftWithAdvice({ stage, updatedAt }: Listed): boolean {
    return stage === 'diagnosed' && Date.now() - Date.parse(updatedAt) > REST_MS;
}
