import { FixError } from '../errors';
import type { Approver, People } from '../model/approval';
import { parseApprover } from '../model/platforms';
import { accountKey } from './people';

/** Letters, digits, blanks and a few signs: the name stands on cards. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._-]{0,59}$/u;
const CURE = 'Write one person on each line, such as: alice = page:alice, slack:T012ABC/U345DEF';

/**
 * Reads which accounts are one person: a line for each, `alice = page:alice, slack:T1/U1`. Throws `CONFIG_INVALID` for
 * the field `people`, with the line, when it names something else, or one account for two persons.
 */
export function parsePeople(text: string): People {
    const people = new Map<string, Approver[]>();
    const owners = new Map<string, string>();
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    for (const line of lines) {
        const [name, accounts] = personOf(line);
        if (people.has(name)) throw invalid(`has two lines for ${name}`, 'Put all accounts of a person on one line.');
        for (const account of accounts) {
            const key = accountKey(account) ?? account;
            const owner = owners.get(key);
            if (owner !== undefined && owner !== name)
                throw invalid(`has ${account} for ${owner} and for ${name}`, 'An account belongs to one person.');
            owners.set(key, name);
        }
        people.set(name, accounts);
    }
    return Object.fromEntries(people);
}

function personOf(line: string): [name: string, accounts: Approver[]] {
    const at = line.indexOf('=');
    const name = line.slice(0, Math.max(0, at)).trim();
    const accounts = line
        .slice(at + 1)
        .split(',')
        .map((account) => account.trim())
        .filter((account) => account !== '');
    if (!NAME.test(name) || accounts.length === 0)
        throw invalid(`has the line ${JSON.stringify(line.trim())}`, `${CURE}.`);
    const wrong = accounts.find((account) => parseApprover(account)?.kind !== 'person');
    if (wrong !== undefined) throw invalid(`has ${JSON.stringify(wrong)}, which names no account`, `${CURE}.`);
    return [name, [...new Set(accounts)]];
}

function invalid(what: string, cure: string): FixError {
    return new FixError('CONFIG_INVALID', `The approval gate's list of people ${what}.`, { field: 'people', cure });
}
