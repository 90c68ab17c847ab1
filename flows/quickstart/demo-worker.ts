/**
 * The print worker of the quickstart's service: takes orders out of the spool, one a second. It ends when the
 * service is gone, so that nothing is left running.
 *
 * Usage: demo-worker.js <folder>
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const folder = path.resolve(process.argv[2] ?? '.');
const spool = path.join(folder, 'spool');

writeFileSync(path.join(folder, 'worker.pid'), String(process.pid));

function serviceIsGone(): boolean {
    try {
        process.kill(Number(readFileSync(path.join(folder, 'service.pid'), 'utf8')), 0);
        return false;
    } catch {
        return true;
    }
}

setInterval(() => {
    if (serviceIsGone()) process.exit(0);
    const next = readdirSync(spool).find((name) => name.startsWith('order-'));
    if (next) rmSync(path.join(spool, next), { force: true });
}, 1_000);
