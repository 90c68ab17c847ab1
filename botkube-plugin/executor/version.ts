import path from 'node:path';

/**
 * Version of this package. Its package.json stands above the sources, and one folder higher above what is compiled to
 * `dist/`.
 */
export function packageVersion(): string {
    return manifest().version;
}

function manifest(): { version: string } {
    try {
        return require('../../package.json') as { version: string };
    } catch {
        return require(path.join(__dirname, '../../../package.json')) as { version: string };
    }
}
