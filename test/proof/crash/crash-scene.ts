import { setTimeout as pause } from 'node:timers/promises';
import { isEnded, type Stage } from '../../../nodes/core/model/stage';
import { Journal, type Order, type Point } from '../../support/journal';
import { Line, type LineOptions, type Shown } from '../../support/line';
import { until } from '../../support/processes';
import { type RunningServer, startPrometheus } from '../../support/prometheus';
import { type CrashAlert, CrashLibrary } from './crash-library';

/** Longest life of an incident, with what happens to it. */
const LIFE_MS = 300_000;
/** After its end an incident has so long to pass the last points. */
const REST_MS = 8_000;
const LOOK_MS = 250;
const BEFORE_THE_RUN: readonly Stage[] = ['open', 'diagnosed', 'planned', 'waiting'];

/** What became of one incident that was hit. */
export interface Hit {
    alert: CrashAlert;
    /** As the page shows it last; absent: no incident was ever accepted. */
    shown?: Shown;
    runs: number;
    /** Runs that were counted before anybody approved. */
    early: number;
    wasApproved: boolean;
    /** Was the order carried out? */
    wasHit: boolean;
    /** It has come to an end, and has had time to pass the last points. */
    isOver: boolean;
}

/** What surrounds a scene: asked again and again while an incident lives, it brings back what died. */
export interface Ward {
    nurse(hit: Hit): Promise<void>;
    /** The Node-RED at which people look and decide; default: the one that is watched. */
    desk?: Line;
}

export interface SceneOptions extends Pick<LineOptions, 'redis' | 'change' | 'env'> {
    library?: CrashLibrary;
}

/** A Node-RED with the standard flow that is watched at its journal points, and plays one incident after the other. */
export class CrashScene {
    private constructor(
        readonly line: Line,
        readonly library: CrashLibrary,
        readonly journal: Journal,
        readonly prometheus: RunningServer,
    ) {}

    /** `env` may preload more into Node-RED by NODE_OPTIONS. */
    static async start({ library = new CrashLibrary(), env = {}, ...options }: SceneOptions = {}): Promise<CrashScene> {
        const journal = new Journal();
        const prometheus = await startPrometheus();
        const preload = [journal.env.NODE_OPTIONS, env.NODE_OPTIONS].join(' ').trim();
        const line = await Line.start({
            ...options,
            library,
            prometheus: prometheus.url,
            env: { ...env, ...journal.env, NODE_OPTIONS: preload },
        });
        return new CrashScene(line, library, journal, prometheus);
    }

    /** Plays an incident undisturbed, decided at `desk`; answers the points that the watched Node-RED passes. */
    async record(desk?: Line): Promise<Point[]> {
        this.journal.record();
        const { shown, runs } = await this.play(this.library.newAlert(), { nurse: async () => undefined, desk });
        if (shown?.incident.stage === 'closed' && runs === 1) return this.journal.points();
        throw new Error(
            `undisturbed, the incident ended ${shown?.incident.stage} with ${runs} runs: ${shown?.incident.reason}\n${this.line.nodeRed.log().slice(-2_000)}`,
        );
    }

    /** Plays an incident that is hit as ordered. */
    async hit(order: (alert: CrashAlert) => Omit<Order, 'id'>, ward: Ward): Promise<Hit> {
        const alert = this.library.newAlert();
        this.journal.order(order(alert));
        return this.play(alert, ward);
    }

    isDead(): boolean {
        const { child } = this.line.nodeRed.program;
        return child.exitCode !== null || child.signalCode !== null;
    }

    async close(): Promise<void> {
        await this.line.close();
        await this.prometheus.stop();
        this.journal.remove();
        this.library.remove();
    }

    /** Fires, approves when asked, clears once the fix has run; until the end, or for as long as it may last. */
    private async play(alert: CrashAlert, { nurse, desk = this.line }: Ward): Promise<Hit> {
        const hit: Hit = { alert, runs: 0, early: 0, wasApproved: false, wasHit: false, isOver: false };
        await this.line.alertmanager.post({ labels: alert.labels });
        const deadline = Date.now() + LIFE_MS;
        let endedAt: number | undefined;
        let isClear = false;
        while (Date.now() < deadline) {
            await nurse(hit);
            hit.shown = (await find(desk, alert)) ?? hit.shown;
            const stage = hit.shown?.incident.stage;
            await this.attend(hit, desk);
            if (stage === 'verifying' && !isClear) {
                await this.clear(alert);
                isClear = true;
            }
            if (stage !== undefined && isEnded(stage)) endedAt ??= Date.now();
            hit.wasHit = this.journal.isDone();
            if (
                endedAt !== undefined &&
                (hit.wasHit || Date.now() > endedAt + REST_MS) &&
                this.line.ansible().length === 0
            )
                break;
            await pause(LOOK_MS);
        }
        hit.isOver = endedAt !== undefined;
        await this.lastLook(hit, { nurse, desk });
        if (!isClear) await this.clear(alert);
        return hit;
    }

    /** Also when Alertmanager is away for a while. */
    private async clear({ labels }: CrashAlert): Promise<void> {
        await until(() => this.line.clear(labels).then(() => true), LIFE_MS);
    }

    /** Approves what waits, and counts what runs before that. */
    private async attend(hit: Hit, desk: Line): Promise<void> {
        const { shown } = hit;
        if (!hit.wasApproved) hit.early = Math.max(hit.early, await this.library.runsOf(hit.alert));
        if (!shown || shown.incident.stage === 'open') return;
        if (!BEFORE_THE_RUN.includes(shown.incident.stage)) hit.wasApproved = true;
        if (shown.incident.stage !== 'waiting') return;
        hit.wasApproved = true;
        await desk.decide(shown.incident.id, 'approve', shown.incident.seal?.digest).catch(() => undefined);
    }

    /** What died at the very end is brought back before the page is asked for the last time. */
    private async lastLook(hit: Hit, { nurse, desk = this.line }: Ward): Promise<void> {
        await nurse(hit);
        hit.shown = (await find(desk, hit.alert)) ?? hit.shown;
        hit.runs = await this.library.runsOf(hit.alert);
    }
}

/** The incident of the alert; undefined while nobody can tell. */
async function find(line: Line, { labels }: CrashAlert): Promise<Shown | undefined> {
    try {
        const title = new RegExp(`${labels.alertname}(?!\\d)`);
        const found = (await line.list()).find((incident) => title.test(incident.title));
        return found && (await line.show(found.id));
    } catch {
        return undefined;
    }
}
