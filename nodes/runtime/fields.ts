import { FixError } from '../core/errors';

/**
 * A field of a node's configuration that holds a whole number; the editor keeps it as text. Throws `CONFIG_INVALID`
 * naming it.
 */
export function requireNumber(field: string, value: unknown, least: number, most: number): number {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most) return number;
    throw new FixError('CONFIG_INVALID', `${field} must be a whole number from ${least} to ${most}.`, {
        field,
        cure: 'Open the node and correct it.',
    });
}

/**
 * An http(s) address without a trailing slash and without user or password. Throws `CONFIG_INVALID` naming the field.
 */
export function requireUrl(field: string, value: string): string {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    if (!url || !/^https?:$/.test(url.protocol)) {
        throw new FixError('CONFIG_INVALID', `${field} must be an address such as http://127.0.0.1:9090.`, {
            field,
            cure: 'Start it with http:// or https://.',
        });
    }
    if (url.username || url.password) {
        throw new FixError('CONFIG_INVALID', `${field} contains a user or password.`, {
            field,
            cure: 'Enter them in their own fields, where they are stored encrypted.',
        });
    }
    return value.trim().replace(/\/+$/, '');
}
