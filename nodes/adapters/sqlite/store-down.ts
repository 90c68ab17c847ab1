import { FixError } from '../../core/errors';
import { fullStop } from '../../core/text/text';

/** Whatever SQLite or the file system threw, as `STORE_DOWN` that names the file. */
export function storeDown(file: string, thrown: unknown): FixError {
    if (thrown instanceof FixError) return thrown;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return new FixError('STORE_DOWN', fullStop(`The incident store ${file} cannot be used: ${reason}`), {
        cure: 'Check that the folder exists, is writable and has free space.',
        cause: thrown,
    });
}
