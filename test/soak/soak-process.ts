import { execFileSync } from 'node:child_process';
import os from 'node:os';
import { wantsHelp } from '../support/command-line';
import { ROOT } from '../support/package';
import { soakArguments, USAGE } from './arguments';
import { isKept } from './judge';
import { report } from './report';
import { soakStore } from './soak-store';

/** The process that soaks; `soak.ts` starts it in a process group of its own, and tells it when to stop. */
async function main(args: readonly string[], signal: AbortSignal): Promise<void> {
    if (wantsHelp(args)) return console.log(USAGE);
    const { minutes, stores, seed } = soakArguments(args, () => Math.floor(Math.random() * 1e9));
    console.log(`${machine()}\n`);
    let isFine = true;
    for (const store of stores) {
        if (signal.aborted) break;
        const tell = (text: string): void => void process.stderr.write(`… ${store}: ${text}\n`);
        tell(`${minutes} minutes of storms, seed ${seed}; Ctrl-C ends them sooner`);
        const soaked = await soakStore({ store, minutes, seed, signal, tell });
        console.log(report(soaked));
        isFine &&= isKept(soaked.verdict) && soaked.ownDeaths.length === 0;
    }
    console.log(isFine ? 'The promise held.' : 'THE PROMISE IS BROKEN.');
    process.exitCode = isFine ? 0 : 1;
}

function machine(): string {
    const [cpu] = os.cpus();
    return (
        `${new Date().toISOString().slice(0, 16)}Z, commit ${commit()}, ${os.cpus().length} cores (${cpu?.model.trim() || os.arch()}), ` +
        `${Math.round(os.totalmem() / 2 ** 30)} GiB, Node.js ${process.versions.node}, load before ${os.loadavg()[0]?.toFixed(1)}.`
    );
}

function commit(): string {
    try {
        return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
            cwd: ROOT,
            encoding: 'utf8',
            stdio: ['ignore', 'pipe', 'ignore'],
        }).trim();
    } catch {
        return 'unknown';
    }
}

const stop = new AbortController();
process.on('message', () => stop.abort());
// What was started ends with this process.
process.once('disconnect', () => process.exit(1));

main(process.argv.slice(2), stop.signal)
    .catch((error: unknown) => {
        console.error(error instanceof Error ? error.message : error);
        process.exitCode = 1;
    })
    .finally(() => process.exit());
