import { fork } from 'node:child_process';
import path from 'node:path';

// Ctrl-C reaches every process of a group. Node-RED and the others are to go on until all is judged, so they get a group of their own.
const child = fork(path.join(__dirname, 'soak-process.js'), process.argv.slice(2), { detached: true });
child.once('exit', (code) => process.exit(code ?? 1));

let wasAsked = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
        if (wasAsked) process.exit(1);
        wasAsked = true;
        process.stderr.write('… ending: what was is drained and judged; once more ends at once\n');
        child.send('stop');
    });
}
