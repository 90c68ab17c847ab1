import { execFileSync } from 'node:child_process';
import os from 'node:os';
import { UsageError, wantsHelp } from '../support/command-line';
import { ROOT } from '../support/package';
import { measureAnsible } from './ansible';
import { measureCard } from './card';
import { type Effort, type Measurement, table } from './figures';
import { measureIntake } from './intake';
import { measureMemory } from './memory';
import { measurePlugin } from './plugin';

const MEASUREMENTS: Record<string, (effort: Effort) => Promise<Measurement[]>> = {
    intake: measureIntake,
    card: measureCard,
    ansible: measureAnsible,
    memory: measureMemory,
    plugin: measurePlugin,
};

const USAGE = `Usage: npm run bench -- [--quick] [${Object.keys(MEASUREMENTS).join('] [')}]`;

/** Measures what is named (default: all), prints figures, ratios and aims. Fails only when something broke. */
async function main(args: readonly string[]): Promise<void> {
    if (wantsHelp(args)) return console.log(USAGE);
    const chosen = args.filter((name) => !name.startsWith('-'));
    const strange = [
        ...chosen.filter((name) => !(name in MEASUREMENTS)),
        ...args.filter((name) => name.startsWith('-') && name !== '--quick'),
    ];
    if (strange.length > 0) throw new UsageError(`There is no "${strange[0]}". ${USAGE}`);
    const effort = {
        quick: args.includes('--quick'),
        progress: (text: string) => void process.stderr.write(`… ${text}\n`),
    };
    console.log(`${machine()}${effort.quick ? ' Short form: the figures are rough.' : ''}\n`);
    const missed: string[] = [];
    for (const [name, measure] of Object.entries(MEASUREMENTS)) {
        if (chosen.length > 0 && !chosen.includes(name)) continue;
        for (const measurement of await measure(effort)) {
            console.log(table(measurement));
            missed.push(
                ...measurement.figures
                    .filter((figure) => figure.aim?.met === false)
                    .map((figure) => `${measurement.title}: ${figure.name}`),
            );
        }
    }
    console.log(missed.length === 0 ? 'Every aim is met.' : `MISSED:\n${missed.map((line) => `- ${line}`).join('\n')}`);
}

function machine(): string {
    const [cpu] = os.cpus();
    const memory = Math.round(os.totalmem() / 2 ** 30);
    return (
        `${new Date().toISOString().slice(0, 16)}Z, commit ${commit()}, ${os.cpus().length} cores (${cpu?.model.trim() || os.arch()}), ` +
        `${memory} GiB, Node.js ${process.versions.node}, load before ${os.loadavg()[0]?.toFixed(1)}.`
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

main(process.argv.slice(2)).catch((error: unknown) => {
    console.error(error instanceof UsageError ? error.message : error);
    process.exitCode = 1;
});
