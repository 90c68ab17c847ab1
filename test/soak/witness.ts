import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Taken } from './judge';

/** Alertmanager gives a webhook up after ten seconds by itself. */
const PATIENCE_MS = 30_000;

interface Notification {
    alerts: { status: 'firing' | 'resolved'; labels: Record<string, string>; startsAt: string; fingerprint: string }[];
}

/**
 * Stands between Alertmanager and Node-RED, hands each notification on, and writes down what was answered: an alert
 * in a notification that was answered with 2xx is one that must not be lost.
 */
export class Witness {
    /** Alerts that fired and were taken, by fingerprint and start. */
    readonly taken = new Map<string, Taken>();
    /** Milliseconds of each notification that was taken. */
    readonly latencies: number[] = [];
    /** Alerts in those, repeats and resolved ones too. */
    alerts = 0;
    /** Notifications that were not taken; Alertmanager sends them again. */
    notTaken = 0;
    /** Origin of Node-RED. */
    target = '';
    private readonly server = createServer((request, response) => void this.pass(request, response));

    /** Begins to listen; answers its address. */
    async listen(): Promise<string> {
        await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
        return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    }

    close(): void {
        this.server.close();
        this.server.closeAllConnections();
    }

    private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
        try {
            const chunks: Buffer[] = [];
            for await (const chunk of request) chunks.push(chunk as Buffer);
            const body = Buffer.concat(chunks).toString('utf8');
            const begun = performance.now();
            const answer = await fetch(`${this.target}${request.url}`, {
                method: 'POST',
                body,
                signal: AbortSignal.timeout(PATIENCE_MS),
                headers: { 'Content-Type': 'application/json', Authorization: request.headers.authorization ?? '' },
            });
            const text = await answer.text();
            if (answer.ok) this.note(JSON.parse(body) as Notification, performance.now() - begun);
            else this.notTaken += 1;
            response.writeHead(answer.status).end(text);
        } catch {
            this.notTaken += 1;
            response.writeHead(502).end();
        }
    }

    private note({ alerts }: Notification, milliseconds: number): void {
        this.latencies.push(milliseconds);
        this.alerts += alerts.length;
        for (const { status, labels, startsAt, fingerprint } of alerts) {
            if (status === 'firing')
                this.taken.set(`${fingerprint} ${startsAt}`, {
                    fingerprint,
                    startsAt,
                    alertname: labels.alertname ?? '',
                });
        }
    }
}
