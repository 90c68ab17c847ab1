/**
 * The service of the quickstart: a small print shop. Orders become files in a spool folder with a quota; a worker
 * process prints them. Both really break: jobs of a printer that is offline pile up until the quota is full, and
 * the worker can die; POST /repair repairs both. Metrics on /metrics.
 *
 * Usage: demo-service.js <port> <folder>
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import path from 'node:path';
import { isForeign, refuse } from './own-pages';

const QUOTA_BYTES = 4_000_000;
const STUCK_JOB_BYTES = 400_000;
const TWO_HOURS_MS = 7_200_000;

const port = Number(process.argv[2]);
const folder = path.resolve(process.argv[3] ?? '.');
const spool = path.join(folder, 'spool');
const pidFile = path.join(folder, 'worker.pid');
const orders = { accepted: 0, refused: 0 };

function spoolFiles(): string[] {
    return readdirSync(spool).map((name) => path.join(spool, name));
}

function spoolBytes(): number {
    return spoolFiles().reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** Process number of the worker; undefined when it does not run, though another process may have its number now. */
function worker(): number | undefined {
    try {
        const pid = Number(readFileSync(pidFile, 'utf8'));
        process.kill(pid, 0);
        const isStranger =
            existsSync('/proc/self/cmdline') &&
            !readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(folder);
        return pid > 0 && !isStranger ? pid : undefined;
    } catch {
        return undefined;
    }
}

function metrics(): string {
    return [
        '# HELP demo_spool_bytes Bytes in the spool folder.',
        '# TYPE demo_spool_bytes gauge',
        `demo_spool_bytes ${spoolBytes()}`,
        '# HELP demo_spool_quota_bytes Quota of the spool folder.',
        '# TYPE demo_spool_quota_bytes gauge',
        `demo_spool_quota_bytes ${QUOTA_BYTES}`,
        '# HELP demo_spool_files Files in the spool folder.',
        '# TYPE demo_spool_files gauge',
        `demo_spool_files ${spoolFiles().length}`,
        '# HELP demo_worker_up 1 while the print worker runs.',
        '# TYPE demo_worker_up gauge',
        `demo_worker_up ${worker() === undefined ? 0 : 1}`,
        '# HELP demo_orders_total Orders by result.',
        '# TYPE demo_orders_total counter',
        `demo_orders_total{result="accepted"} ${orders.accepted}`,
        `demo_orders_total{result="refused"} ${orders.refused}`,
        '',
    ].join('\n');
}

/** Jobs of the offline printer, two hours old, until the quota is full. */
function fillSpool(): void {
    for (let number = 1; spoolBytes() + STUCK_JOB_BYTES <= QUOTA_BYTES; number += 1) {
        const file = path.join(spool, `offline-printer-${String(number).padStart(3, '0')}.job`);
        writeFileSync(file, Buffer.alloc(STUCK_JOB_BYTES, 'x'));
        const then = new Date(Date.now() - TWO_HOURS_MS);
        utimesSync(file, then, then);
    }
}

function emptySpool(): void {
    for (const file of spoolFiles()) rmSync(file, { force: true });
}

function killWorker(): void {
    const pid = worker();
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
}

/**
 * Starts the worker the way the playbook does: detached, its pid in the pid file, at once, so that it can be broken at
 * once.
 */
function startWorker(): void {
    if (worker() !== undefined) return;
    const started = spawn(process.execPath, [path.join(__dirname, 'demo-worker.js'), folder], {
        detached: true,
        stdio: 'ignore',
    });
    writeFileSync(pidFile, String(started.pid));
    started.unref();
}

function order(response: ServerResponse): void {
    const fits = spoolBytes() + 1_000 <= QUOTA_BYTES;
    if (fits) writeFileSync(path.join(spool, `order-${Date.now()}.job`), Buffer.alloc(1_000, 'o'));
    orders[fits ? 'accepted' : 'refused'] += 1;
    reply(response, fits ? 201 : 507, fits ? 'order accepted' : 'spool is full');
}

function reply(response: ServerResponse, status: number, text: string): void {
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}

function handle(request: IncomingMessage, response: ServerResponse): void {
    if (isForeign(request.headers)) {
        refuse(response);
        return;
    }
    const route = `${request.method} ${new URL(request.url ?? '/', 'http://demo').pathname}`;
    if (route === 'GET /metrics') reply(response, 200, metrics());
    else if (route === 'POST /order') order(response);
    else if (route === 'POST /break/spool')
        fillSpool(), reply(response, 200, 'the printer went offline: its jobs fill the spool');
    else if (route === 'POST /break/worker') killWorker(), reply(response, 200, 'the worker died');
    else if (route === 'POST /repair')
        emptySpool(), startWorker(), reply(response, 200, 'the spool is empty and the worker runs');
    else if (route === 'GET /')
        reply(
            response,
            200,
            `print shop: spool ${spoolBytes()} of ${QUOTA_BYTES} bytes, worker ${worker() === undefined ? 'down' : 'up'}`,
        );
    else reply(response, 404, 'not found');
}

mkdirSync(spool, { recursive: true });
writeFileSync(path.join(folder, 'service.pid'), String(process.pid));
startWorker();
createServer(handle).listen(port, '127.0.0.1');

function stop(): void {
    killWorker();
    process.exit(0);
}
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
