import type { DatabaseSync } from 'node:sqlite';
import { FixError } from '../../core/errors';

/**
 * Opens a database file with Node's own SQLite. Node 22 warns that this module is experimental whenever it is
 * loaded; that one warning is kept from the log, since nobody who reads it could act on it.
 */
export function openDatabase(file: string, options: { readOnly?: boolean } = {}): DatabaseSync {
    const emitWarning = process.emitWarning;
    process.emitWarning = () => undefined;
    try {
        const sqlite = process.getBuiltinModule('node:sqlite') as typeof import('node:sqlite') | undefined;
        if (sqlite) return new sqlite.DatabaseSync(file, options);
    } finally {
        process.emitWarning = emitWarning;
    }
    throw new FixError('STORE_DOWN', `Node.js ${process.versions.node} has no SQLite built in.`, {
        cure: 'Use Node.js 22.13 or newer, or choose Redis in the incident store.',
    });
}
