import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FixError } from '../../nodes/core/errors';

/** What the kernel's address structure holds; Node cuts longer paths silently. */
const MAX_SOCKET_BYTES = 107;
/** Names its owner, see `leftovers.ts`. */
const FOLDER = `fix-${process.pid}-`;
const RANDOM_CHARACTERS = 6;
const SOCKET = 's';

/** Where the plugin listens. */
export interface SocketPlace {
    /** The folder that all plugins make theirs in. */
    parent: string;
    path: string;
    /** Removes the folder and the socket in it. */
    remove(): void;
}

/**
 * Makes a folder of this user's alone (0700) for the socket, in the folder that the host asks for or the temporary one.
 * Throws `CONFIG_INVALID` when the path would be too long or the folder cannot be made.
 */
export function makeSocketPlace(env: NodeJS.ProcessEnv): SocketPlace {
    const parent = env.PLUGIN_UNIX_SOCKET_DIR || tmpdir();
    const bytes = Buffer.byteLength(path.join(parent, FOLDER, SOCKET)) + RANDOM_CHARACTERS;
    const cure = 'Set TMPDIR (or PLUGIN_UNIX_SOCKET_DIR) to a short, writable folder such as /tmp.';
    if (bytes > MAX_SOCKET_BYTES) {
        throw new FixError(
            'CONFIG_INVALID',
            `The socket's path in ${parent} would have ${bytes} bytes; ${MAX_SOCKET_BYTES} is the most.`,
            { cure },
        );
    }
    try {
        const folder = mkdtempSync(path.join(parent, FOLDER));
        return {
            parent,
            path: path.join(folder, SOCKET),
            remove: () => rmSync(folder, { recursive: true, force: true }),
        };
    } catch (error) {
        throw new FixError('CONFIG_INVALID', `No folder for the socket can be made in ${parent}: ${String(error)}`, {
            cure,
            cause: error,
        });
    }
}
