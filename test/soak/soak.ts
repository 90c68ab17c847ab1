import { fork } from 'node:child_process';
import path from 'node:path';

// Ctrl-C reaches every process of a group. Node-RED and the others are to go on until all is judged, so they get a
// group of their own.
const child = fork(path.join(__dirname, 'soak-process.js'), process.argv.slice(2), { detached: true });
child.once('exit', (code) => process.exit(code ?? 1));

/** npm and others hand a signal on that has come already. */
const SAME_PRESS_MS = 1_000;
let askedAt: number | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
        if (askedAt !== undefined && Date.now() - askedAt < SAME_PRESS_MS) return;
        if (askedAt !== undefined) process.exit(1);
        askedAt = Date.now();
        process.stderr.write('… ending: what was is drained and judged; once more ends at once\n');
        child.send('stop');
    });
}
