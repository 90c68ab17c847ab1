import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { canonicalJson } from '../../nodes/core/text/json';
import { freePort, type RunningProgram, removeFolder, spawnUntil, stop } from './processes';

/** A real Alertmanager that sends to one webhook, with timers of a second. */
export interface RunningAlertmanager {
    url: string;
    /** Tells it of one alert; without `endsAt` it fires. */
    post(alert: {
        labels: Record<string, string>;
        annotations?: Record<string, string>;
        startsAt?: string;
        endsAt?: string;
    }): Promise<void>;
    /** Was it told, or did somebody try to tell it, that the alert with these labels ended? */
    hasEnded(labels: Record<string, string>): boolean;
    /** Kills it as a power cut would: it forgets the alerts. */
    kill(): Promise<void>;
    /** Starts it again at the same address. */
    restart(): Promise<void>;
    /** Stops it in its tracks: it takes connections and answers nothing. `thaw` lets it go on. */
    freeze(): void;
    thaw(): void;
    remove(): Promise<void>;
}

/** Of the route, as YAML in one line: every group is told of at once, and again every second. */
const HASTY = 'group_wait: 0s, group_interval: 1s, repeat_interval: 1s';

/** Starts `prometheus-alertmanager` on 127.0.0.1; `httpConfig` is YAML for the webhook's `http_config`, in one line. */
export async function startAlertmanager(
    webhook: string,
    httpConfig = '{}',
    timers = HASTY,
): Promise<RunningAlertmanager> {
    const folder = mkdtempSync(path.join(tmpdir(), 'alert-to-fix-alertmanager-'));
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    writeFileSync(
        path.join(folder, 'alertmanager.yml'),
        `
route: { receiver: node.red, group_by: [alertname], ${timers} }
receivers:
  - name: node.red
    webhook_configs: [{ url: '${webhook}', send_resolved: true, http_config: ${httpConfig} }]
`,
    );
    const begin = (): Promise<RunningProgram> =>
        spawnUntil({
            command: 'prometheus-alertmanager',
            args: [
                `--config.file=${folder}/alertmanager.yml`,
                `--storage.path=${folder}/data`,
                `--web.listen-address=127.0.0.1:${port}`,
                '--cluster.listen-address=',
            ],
            ready: async () => (await fetch(`${url}/-/ready`)).ok,
        });
    let program = await begin();
    const ended = new Set<string>();
    return {
        url,
        hasEnded: (labels) => ended.has(canonicalJson(labels)),
        kill: () => stop(program, 'SIGKILL'),
        restart: async () => {
            program = await begin();
        },
        freeze: () => void program.child.kill('SIGSTOP'),
        thaw: () => void program.child.kill('SIGCONT'),
        post: async (alert) => {
            if (alert.endsAt === undefined) ended.delete(canonicalJson(alert.labels));
            else ended.add(canonicalJson(alert.labels));
            const answer = await fetch(`${url}/api/v2/alerts`, {
                method: 'POST',
                headers: { 'Content-Type': 'application/json' },
                body: JSON.stringify([alert]),
            });
            if (!answer.ok) throw new Error(`Alertmanager answered ${answer.status}: ${await answer.text()}`);
        },
        remove: async () => {
            program.child.kill('SIGCONT');
            await stop(program);
            await removeFolder(folder);
        },
    };
}
