import { execFileSync } from 'node:child_process';
import os from 'node:os';
import { wantsHelp } from '../support/command-line';
import { ROOT } from '../support/package';
import { attacks, legitimate } from './attacks/attacks';
import { slowInputs } from './attacks/slow-inputs';
import { AT_THE_END } from './crash/audit-case';
import { crashes } from './crashes';
import { dependencies } from './dependencies';
import { type Effort, type Group, type GroupReport, type Matrix, type Row, runGroups } from './matrix';
import { breachesOf, countsOf, tableOf } from './table';

const MATRICES: Record<string, Matrix> = {
    attacks,
    legitimate,
    'slow-inputs': slowInputs,
    crashes,
    dependencies,
};
const USAGE = `Usage: npm run proof -- [--short] [--rounds N] [--only TEXT] [--case TEXT] [${Object.keys(MATRICES).join('] [')}]`;
/** Rounds of each crash in the long form. */
const ROUNDS = 20;

interface Arguments {
    effort: Effort;
    chosen: string[];
    /** Only groups whose name has this text. */
    only: string;
    /** Of these only the cases whose name has this text. */
    case: string;
}

/** Tries for real what must never happen, and prints what did. Fails on a single breach. */
async function main(args: readonly string[]): Promise<void> {
    if (wantsHelp(args)) return console.log(USAGE);
    const { effort, chosen, only, case: part } = parse(args);
    console.log(`${machine()}${effort.short ? ' Short form.' : ` ${effort.rounds} rounds of each crash.`}\n`);
    const all: GroupReport[] = [];
    const totals: string[] = [];
    for (const name of chosen) {
        const matrix = MATRICES[name]!;
        console.log(`## ${matrix.title}\n`);
        const groups = matrix
            .groups(effort)
            .filter((group) => group.name.includes(only))
            .map((group) => withCases(group, part));
        const reports = await runGroups(groups, matrix, (report) => console.log(tableOf(report)), tell);
        totals.push(`${matrix.title}: ${countsOf(reports)}`);
        all.push(...reports);
    }
    if (!all.some(({ rows }) => rows.some(({ name }) => name.includes(part))))
        throw new Error(nothingFound(only, part));
    const broken = breachesOf(all);
    console.log(
        `${totals.join('\n')}\n\n${broken === 0 ? `The promise held: ${countsOf(all)}.` : `THE PROMISE IS BROKEN: ${countsOf(all)}.`}`,
    );
    process.exitCode = broken === 0 && all.length > 0 ? 0 : 1;
}

function nothingFound(only: string, part: string): string {
    const group = only === '' ? '' : ` of a group that has "${only}" in its name`;
    return `There is no case${group}${part === '' ? '' : ` with "${part}" in its name`}. ${USAGE}`;
}

/** The group with only the cases whose name has this text, and with what looks at all of them at the end. */
function withCases(group: Group, text: string): Group {
    if (text === '') return group;
    return {
        ...group,
        mayBeEmpty: true,
        open: async () => (await group.open()).filter(({ name }) => name.includes(text) || name.startsWith(AT_THE_END)),
    };
}

/** For people who wait. */
function tell(group: string, { name, results }: Row): void {
    const last = results.at(-1);
    process.stderr.write(
        `… ${group}: ${name}, round ${results.length}${last?.ok === false ? `: BREACH: ${last.happened}` : ''}\n`,
    );
}

function parse(args: readonly string[]): Arguments {
    const given = [...args];
    const take = (name: string): string | undefined => {
        const at = given.indexOf(name);
        return at === -1 ? undefined : (given.splice(at, 2)[1] ?? '');
    };
    const rounds = take('--rounds');
    const only = take('--only') ?? '';
    const part = take('--case') ?? '';
    const short = given.includes('--short');
    const chosen = given.filter((word) => word !== '--short');
    const strange =
        chosen.find((name) => !(name in MATRICES)) ??
        (rounds !== undefined && !/^[1-9]\d*$/.test(rounds) ? `--rounds ${rounds}` : undefined);
    if (strange !== undefined) throw new Error(`There is no "${strange}". ${USAGE}`);
    return {
        effort: { short, rounds: Number(rounds ?? (short ? 1 : ROUNDS)) },
        chosen: chosen.length > 0 ? chosen : Object.keys(MATRICES),
        only,
        case: part,
    };
}

function machine(): string {
    const [cpu] = os.cpus();
    return (
        `${new Date().toISOString().slice(0, 16)}Z, commit ${commit()}, ${os.cpus().length} cores (${cpu?.model.trim() || os.arch()}), ` +
        `${Math.round(os.totalmem() / 2 ** 30)} GiB, Node.js ${process.versions.node}.`
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

// What a test starts ends with the process, and only a process that exits can see to that.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

main(process.argv.slice(2)).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
});
