import { parseArgs } from 'node:util';

export type StoreKind = 'embedded' | 'redis';

/** What a person asked for on the command line. */
export interface SoakArguments {
    /** Of storms and kills, for each store; starting, draining and judging come on top. */
    minutes: number;
    stores: StoreKind[];
    seed: number;
}

export const USAGE = 'Usage: npm run soak -- [minutes] [--store embedded|redis|both] [--seed N]';
const STORES: Record<string, StoreKind[]> = { embedded: ['embedded'], redis: ['redis'], both: ['embedded', 'redis'] };
const MINUTES = 5;

/** Throws an error that names what is not understood. */
export function soakArguments(args: readonly string[], anySeed: () => number): SoakArguments {
    const { values, positionals } = parsed(args);
    const [minutes = String(MINUTES), ...more] = positionals;
    const stores = STORES[values.store ?? 'both'];
    if (more.length > 0 || !(Number(minutes) > 0))
        throw new Error(`"${more[0] ?? minutes}" is no number of minutes. ${USAGE}`);
    if (!stores) throw new Error(`There is no store "${values.store}". ${USAGE}`);
    if (values.seed !== undefined && !/^\d{1,9}$/.test(values.seed))
        throw new Error(`"${values.seed}" is no seed. ${USAGE}`);
    return { minutes: Number(minutes), stores, seed: values.seed === undefined ? anySeed() : Number(values.seed) };
}

function parsed(args: readonly string[]): { values: { store?: string; seed?: string }; positionals: string[] } {
    try {
        return parseArgs({
            args: [...args],
            options: { store: { type: 'string' }, seed: { type: 'string' } },
            strict: true,
            allowPositionals: true,
        });
    } catch (thrown) {
        throw new Error(`${thrown instanceof Error ? thrown.message : String(thrown)} ${USAGE}`);
    }
}
