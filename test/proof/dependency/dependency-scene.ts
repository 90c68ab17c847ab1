import { WrongClock } from '../../support/clock';
import { HttpStandIn } from '../../support/http-stand-in';
import { OpenAiStandIn } from '../../support/openai-stand-in';
import { type RedisServer, startRedis } from '../../support/redis';
import { APP_TOKEN, BOT_TOKEN, CHANNEL, SlackStandIn, type SlackStandInMessage } from '../../support/slack-stand-in';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy';
import type { CrashAlert } from '../crash/crash-library';
import { CrashScene, type Hit } from '../crash/crash-scene';
import type { Moment } from '../crash/kills';
import { DependencyLibrary } from './dependency-library';
import { type Fault, Outage } from './outage';

/** Longest run of the playbook, seconds: also of one whose inventory hangs. */
const LONGEST_RUN = '40';
const AT_ONCE: Moment = { point: { name: 'incident.opened', occurrence: 1 }, when: 'before' };

interface Parts {
    library: DependencyLibrary;
    slack: SlackStandIn;
    /** Between Node-RED and Slack. */
    network: TcpProxy;
    model: OpenAiStandIn;
    clock: WrongClock;
    redis: RedisServer | undefined;
}

/**
 * The standard flow with everything it can depend on: a model, Slack, a program as inventory, a clock; and Redis or the
 * embedded store.
 */
export class DependencyScene {
    private faulty?: Outage;

    private constructor(
        readonly crash: CrashScene,
        readonly parts: Parts,
        private readonly trigger: { server: HttpStandIn; url: string },
    ) {}

    static async start(store: 'embedded' | 'redis' = 'embedded'): Promise<DependencyScene> {
        const slack = new SlackStandIn();
        await slack.start();
        const network = await startTcpProxy(Number(new URL(slack.apiUrl).port));
        const model = new OpenAiStandIn();
        const modelUrl = await model.start();
        const clock = new WrongClock();
        const redis = store === 'redis' ? await startRedis() : undefined;
        const library = new DependencyLibrary();
        const change = {
            'a2f-channel': {
                platform: 'slack',
                channel: CHANNEL,
                apiUrl: `http://127.0.0.1:${network.port}/api/`,
                credentials: { botToken: BOT_TOKEN, appToken: APP_TOKEN },
            },
            'a2f-llm': {
                d: false,
                url: modelUrl,
                retries: '0',
                timeout: '3',
                deadline: '8',
                credentials: { apiKey: 'key' },
            },
            'a2f-diagnose': { provider: 'a2f-llm' },
            'a2f-library': { source: 'folder', folder: library.folder, inventory: 'inventory.py' },
            'a2f-dry-run': { timeout: LONGEST_RUN },
        };
        const trigger = new HttpStandIn((_request, response) => {
            void scene.faulty?.begin().finally(() => response.end('done'));
        });
        const url = await trigger.start();
        const crash = await CrashScene.start({
            ...(redis === undefined ? {} : { redis: redis.port }),
            change,
            library,
            env: clock.env,
        });
        const scene: DependencyScene = new DependencyScene(
            crash,
            { library, slack, network, model, clock, redis },
            { server: trigger, url },
        );
        library.onAlert = (alert) => model.willAnswer({ json: conclusionOn(alert) });
        return scene;
    }

    /**
     * Plays an incident during which the fault begins at the moment, or before the alert fires, and ends so many
     * milliseconds later.
     */
    async during(fault: Fault, moment: Moment | 'alert', lastsMs: number): Promise<Hit> {
        const outage = new Outage(fault, lastsMs);
        this.faulty = outage;
        try {
            if (moment === 'alert') await outage.begin();
            const order =
                moment === 'alert' ? { ...AT_ONCE, act: { kill: [] } } : { ...moment, act: { tell: this.trigger.url } };
            return await this.crash.hit(() => order, { nurse: async () => undefined });
        } finally {
            this.faulty = undefined;
            await outage.end();
        }
    }

    /** Plays an incident with all that it needs. */
    async undisturbed(): Promise<Hit> {
        return this.crash.hit(() => ({ ...AT_ONCE, act: { kill: [] } }), { nurse: async () => undefined });
    }

    /** The cards of an alert that people see in Slack. */
    cards({ labels }: CrashAlert): SlackStandInMessage[] {
        return this.parts.slack.cards.filter(({ text, blocks }) =>
            new RegExp(`${labels.alertname}(?!\\d)`).test(text + JSON.stringify(blocks)),
        );
    }

    async close(): Promise<void> {
        const { slack, network, model, clock, redis } = this.parts;
        redis?.thaw();
        await this.crash.close();
        await network.close();
        await slack.stop();
        await Promise.all([model.stop(), this.trigger.server.stop(), redis?.close()]);
        clock.remove();
    }
}

function conclusionOn({ labels }: CrashAlert): object {
    const action = { runbook: 'service-stuck', action: 'write-down', parameters: [], hosts: [labels.host] };
    return {
        tool: null,
        answer: { cause: 'The service is stuck.', confidence: 0.9, citations: ['E1'], inconclusive: false, action },
    };
}
