import { setTimeout as wait } from 'node:timers/promises';
import type { Line } from '../support/line';
import type { RedisServer } from '../support/redis';
import type { Random } from './random';

const PAUSE_SECONDS: [number, number] = [15, 45];
const AWAY_SECONDS: [number, number] = [0, 5];
/** Share of kills that hit Redis, where there is one. */
const REDIS = 0.4;
/** A machine that is very busy may need another start. */
const STARTS = 3;
const LOOK_MS = 500;

/** Kills Node-RED, and Redis, with SIGKILL at random moments, and starts them again. */
export class Killer {
    readonly counts = { nodeRed: 0, redis: 0 };
    /** How often Node-RED died by itself, each with how, and the end of its log. */
    readonly ownDeaths: string[] = [];
    private isAtWork = false;

    constructor(
        private readonly parts: { line: Line; redis?: RedisServer; random: Random; tell(text: string): void },
    ) {}

    /**
     * Kills until the signal, or the moment (milliseconds of the Unix time); then only brings back what died by itself,
     * until the signal.
     */
    async live(killUntil: number, signal: AbortSignal): Promise<void> {
        let next = this.nextKill();
        while (!signal.aborted) {
            await wait(LOOK_MS, undefined, { signal }).catch(() => undefined);
            if (this.isDead()) await this.bringBack();
            if (signal.aborted || Date.now() < next || next > killUntil) continue;
            await this.kill();
            next = this.nextKill();
        }
    }

    /** Is anything away right now? Then nobody wonders that the page does not answer. */
    isAway(): boolean {
        return this.isAtWork;
    }

    private async kill(): Promise<void> {
        const { line, redis, random, tell } = this.parts;
        this.isAtWork = true;
        const away = random.between(...AWAY_SECONDS) * 1000;
        if (redis && random.chance(REDIS)) {
            tell(`kill -9 of Redis, away for ${(away / 1000).toFixed(1)} s`);
            this.counts.redis += 1;
            await redis.kill();
            await wait(away);
            await redis.restart();
        } else {
            tell(`kill -9 of Node-RED, away for ${(away / 1000).toFixed(1)} s`);
            this.counts.nodeRed += 1;
            await line.kill();
            await wait(away);
            await this.restart();
        }
        this.isAtWork = false;
    }

    private async bringBack(): Promise<void> {
        this.isAtWork = true;
        const {
            program: { child },
            log,
        } = this.parts.line.nodeRed;
        this.ownDeaths.push(`${child.signalCode ?? `exit code ${child.exitCode}`}\n${log().slice(-1_500)}`);
        this.parts.tell('NODE-RED DIED BY ITSELF');
        await this.restart();
        this.isAtWork = false;
    }

    private async restart(): Promise<void> {
        for (let start = 1; ; start += 1) {
            try {
                await this.parts.line.restart();
                return;
            } catch (thrown) {
                if (start === STARTS) throw thrown;
                this.parts.tell(`Node-RED did not start: ${String(thrown).slice(0, 300)}`);
            }
        }
    }

    private isDead(): boolean {
        const { child } = this.parts.line.nodeRed.program;
        return child.exitCode !== null || child.signalCode !== null;
    }

    private nextKill(): number {
        return Date.now() + this.parts.random.between(...PAUSE_SECONDS) * 1000;
    }
}
