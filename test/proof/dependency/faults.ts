import { execFileSync } from 'node:child_process';
import { Redis } from 'ioredis';
import type { OpenAiScript } from '../../support/openai-stand-in';
import type { InventoryMood } from './dependency-library';
import type { DependencyScene } from './dependency-scene';
import type { Fault } from './outage';

/** Too small for the store and for what Ansible writes, bytes. */
const NO_ROOM = '4096';

/** No file of Node-RED, or of what it starts, may grow beyond a few kilobytes. */
export function diskFull({ crash }: DependencyScene): Fault {
    const room = (bytes: string): void => {
        execFileSync('prlimit', ['--pid', String(crash.line.nodeRed.program.pid), `--fsize=${bytes}:unlimited`]);
    };
    return { name: 'disk full', begin: () => room(NO_ROOM), end: () => room('unlimited') };
}

export function redisFaults({ parts: { redis } }: DependencyScene): { down: Fault; hangs: Fault; readOnly: Fault } {
    if (!redis) throw new Error('this scene has no Redis');
    const follow = async (host: string, port: string): Promise<void> => {
        const client = new Redis(redis.port, '127.0.0.1');
        await client.call('REPLICAOF', host, port);
        client.disconnect();
    };
    return {
        down: { name: 'Redis down', begin: () => redis.kill(), end: () => redis.restart() },
        hangs: { name: 'Redis hangs', begin: () => redis.freeze(), end: () => redis.thaw() },
        readOnly: { name: 'Redis read-only', begin: () => follow('127.0.0.1', '1'), end: () => follow('NO', 'ONE') },
    };
}

export function prometheusFaults({ crash: { prometheus } }: DependencyScene): { down: Fault; hangs: Fault } {
    return {
        down: { name: 'Prometheus down', begin: () => prometheus.kill(), end: () => prometheus.restart() },
        hangs: { name: 'Prometheus hangs', begin: () => prometheus.freeze(), end: () => prometheus.thaw() },
    };
}

/** After its restart it is told again of what still fires, as Prometheus does. */
export function alertmanagerFaults({
    crash: {
        line: { alertmanager },
    },
}: DependencyScene): { down: Fault; hangs: Fault } {
    let firing: { labels: Record<string, string>; startsAt: string }[] = [];
    return {
        down: {
            name: 'Alertmanager down',
            begin: async () => {
                firing = (await (await fetch(`${alertmanager.url}/api/v2/alerts?active=true`)).json()) as typeof firing;
                await alertmanager.kill();
            },
            end: async () => {
                await alertmanager.restart();
                for (const { labels, startsAt } of firing)
                    if (!alertmanager.hasEnded(labels)) await alertmanager.post({ labels, startsAt });
            },
        },
        hangs: { name: 'Alertmanager hangs', begin: () => alertmanager.freeze(), end: () => alertmanager.thaw() },
    };
}

/** The next alert is diagnosed by a model that is well again. */
export function modelFault({ parts: { model } }: DependencyScene, name: string, script: OpenAiScript): Fault {
    return { name, begin: () => model.willAnswer(script), end: () => undefined };
}

export function slackFaults({ parts: { slack, network } }: DependencyScene): { down: Fault; hangs: Fault } {
    return {
        down: { name: 'Slack down', begin: () => slack.stop(), end: () => slack.start() },
        hangs: { name: 'Slack hangs', begin: () => network.freeze(), end: () => network.heal() },
    };
}

export function inventoryFault({ parts: { library } }: DependencyScene, name: string, mood: InventoryMood): Fault {
    return { name, begin: () => library.inventoryIs(mood), end: () => library.inventoryIs('well') };
}

export function clockFault({ parts: { clock } }: DependencyScene, name: string, offsetMs: number): Fault {
    return { name, begin: () => clock.set(offsetMs), end: () => clock.set(0) };
}

export function together(one: Fault, other: Fault): Fault {
    return {
        name: `${one.name} and ${other.name}`,
        begin: async () => {
            await one.begin();
            await other.begin();
        },
        end: async () => {
            await one.end();
            await other.end();
        },
    };
}
