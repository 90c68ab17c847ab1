import { FixError } from '../core/errors';

const REFERENCE = /^(?:\$\{[^}]+\}|\$\([^)]+\))$/;

/**
 * Refuses `${NAME}` that Node-RED left standing because no such environment variable is set.
 * Throws `CONFIG_INVALID` naming field and variable.
 */
export function requireResolved(values: Record<string, unknown>): void {
    for (const [field, value] of Object.entries(values)) {
        if (typeof value === 'string' && REFERENCE.test(value)) {
            throw new FixError('CONFIG_INVALID', `The environment variable ${value} is not set.`, {
                field,
                cure: 'Set it before Node-RED starts, or write the value itself.',
            });
        }
    }
}
