/** What one case came to. */
export interface Result {
    /** False: the promise was broken, or a legitimate case did not run. */
    ok: boolean;
    /**
     * What happened, in a few words: without ids, times and paths, so that rounds of the same case can be counted
     * together.
     */
    happened: string;
}

/** One row of a matrix. */
export interface Case {
    name: string;
    /** What must happen, in a few words. */
    expected: string;
    /** Does it for real. A rejection counts as a breach, and is its text. Called once a round. */
    run(): Promise<Result>;
}

/** Cases that share what they run on, such as one Node-RED: they run one after the other. */
export interface Group {
    name: string;
    /** Times that every case is run; default 1. */
    rounds?: number;
    /** It may turn out to have no case, since only some were asked for. */
    mayBeEmpty?: boolean;
    /** Starts what the cases share, and answers them: they may be found out only then. */
    open(): Promise<Case[]>;
    /** Ends what `open` has started; called also when `open` or a case has failed. */
    close?(): Promise<void>;
}

/** How much is asked for. */
export interface Effort {
    /** The form that runs inside `npm test`: every kind of case, each as cheap as can be. */
    short: boolean;
    /** Rounds of each case whose outcome depends on chance, such as a crash; 1 in the short form. */
    rounds: number;
}

/** A table of the proof. */
export interface Matrix {
    title: string;
    /** Groups that may run at the same time; default 1. */
    atOnce?: number;
    groups(effort: Effort): Group[];
}

/** A case with what its rounds came to. */
export interface Row {
    name: string;
    expected: string;
    results: Result[];
}

export interface GroupReport {
    name: string;
    rows: Row[];
    seconds: number;
}

/** Told after every round of every case, for people who wait. */
export type Progress = (group: string, row: Row) => void;

/** Runs a group: all of its cases, round after round. Never rejects. */
export async function runGroup(group: Group, progress: Progress = () => undefined): Promise<GroupReport> {
    const startedAt = Date.now();
    const rows: Row[] = [];
    try {
        const cases = await group.open();
        rows.push(...cases.map(({ name, expected }) => ({ name, expected, results: [] })));
        for (let round = 0; round < (group.rounds ?? 1); round += 1) {
            for (const [index, one] of cases.entries()) {
                const row = rows[index]!;
                row.results.push(await one.run().catch(asBreach));
                progress(group.name, row);
            }
        }
        if (cases.length === 0 && !group.mayBeEmpty)
            rows.push({ name: 'cases', expected: 'at least one', results: [{ ok: false, happened: 'none' }] });
    } catch (thrown) {
        rows.push({ name: 'the group begins', expected: 'all that it runs on starts', results: [asBreach(thrown)] });
    }
    await group
        .close?.()
        .catch((thrown: unknown) =>
            rows.push({ name: 'the group ends', expected: 'all that it ran on stops', results: [asBreach(thrown)] }),
        );
    return { name: group.name, rows, seconds: (Date.now() - startedAt) / 1000 };
}

/** Runs the groups, as many at once as the matrix allows; `ended` is told of each as it ends. */
export async function runGroups(
    groups: readonly Group[],
    { atOnce = 1 }: Matrix,
    ended: (report: GroupReport) => void,
    progress?: Progress,
): Promise<GroupReport[]> {
    const reports: GroupReport[] = [];
    const left = [...groups];
    const worker = async (): Promise<void> => {
        for (let group = left.shift(); group; group = left.shift()) {
            const report = await runGroup(group, progress);
            reports.push(report);
            ended(report);
        }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    return reports;
}

/** Rounds of this case that broke the promise. */
export function breaches({ results }: Row): Result[] {
    return results.filter(({ ok }) => !ok);
}

function asBreach(thrown: unknown): Result {
    return { ok: false, happened: thrown instanceof Error ? thrown.message : String(thrown) };
}
