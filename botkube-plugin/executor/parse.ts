import { FixError } from '../../nodes/core/errors';
import { clip } from '../../nodes/core/text/cut';
import { plainLine } from '../../nodes/core/text/plain-text';
import type { Call } from './call';
import { nearest } from './nearest';
import { type Token, tokens } from './tokens';
import { EATEN_FLAGS, type FlagKind, VERB_NAMES, VERBS, type VerbName, verbNamed } from './verbs';

/** What was typed. A flag given more than once has its values in order, one per line. */
export type Typed = Pick<Call, 'words' | 'flags'> & { verb: VerbName | '' };

/**
 * Reads a command as Botkube hands it over; its first word is the plugin's name. Lenient with quoting (see
 * `tokens.ts`),
 * strict with names: throws `INPUT_INVALID` with one sentence and the nearest name as cure.
 */
export function parse(command: string): Typed {
    const [, first, ...rest] = tokens(command);
    if (first === undefined) return { verb: '', words: [], flags: new Map() };
    if (asksForHelp(first)) return { verb: 'help', words: [], flags: new Map() };
    if (first.flag) return readRest('', [first, ...rest]);
    const verb = verbNamed(first.text);
    if (verb === undefined) throw unknown('command', first.text, VERB_NAMES, (name) => `fix ${name}`);
    return readRest(verb, rest);
}

function readRest(verb: VerbName | '', rest: readonly Token[]): Typed {
    const known: Readonly<Record<string, FlagKind>> = verb === '' ? {} : VERBS[verb].flags;
    const words: string[] = [];
    const flags = new Map<string, string>();
    for (let at = 0; at < rest.length; at += 1) {
        const token = rest[at];
        if (!token) break;
        if (!token.quoted && token.text === '--')
            return { verb, words: [...words, ...rest.slice(at + 1).map(({ text }) => text)], flags };
        if (asksForHelp(token) && !(verb === 'ask' && words.length > 0))
            return { verb: 'help', words: [], flags: new Map() };
        if (!token.flag) {
            words.push(token.text);
            continue;
        }
        const name = token.flag.name.toLowerCase();
        const kind = kindOf(name, known, verb);
        let { value } = token.flag;
        if (kind === 'value' && value === undefined) {
            const next = rest[at + 1];
            if (next && !next.flag) {
                value = next.text;
                at += 1;
            } else if (!Object.hasOwn(EATEN_FLAGS, name)) {
                throw new FixError('INPUT_INVALID', `The flag --${name} needs a value.`, {
                    field: name,
                    cure: `Write --${name}=value.`,
                });
            }
        }
        if (Object.hasOwn(known, name))
            flags.set(name, flags.has(name) ? `${flags.get(name)}\n${value ?? ''}` : (value ?? ''));
    }
    return { verb, words, flags };
}

function kindOf(name: string, known: Readonly<Record<string, FlagKind>>, verb: string): FlagKind {
    const kind = Object.hasOwn(known, name)
        ? known[name]
        : Object.hasOwn(EATEN_FLAGS, name)
          ? EATEN_FLAGS[name]
          : undefined;
    if (kind === undefined)
        throw unknown(
            verb === '' ? 'flag' : `flag of fix ${verb}`,
            `--${name}`,
            Object.keys(known),
            (flag) => `--${flag}`,
        );
    return kind;
}

function asksForHelp({ text, quoted }: Token): boolean {
    return !quoted && (text === '--help' || text === '-h');
}

function unknown(
    what: string,
    typed: string,
    candidates: readonly string[],
    written: (name: string) => string,
): FixError {
    const shown = clip(plainLine(typed), 60);
    const near = nearest(typed.replace(/^--/, ''), candidates);
    const list = candidates.map(written).join(', ');
    return new FixError('INPUT_INVALID', `“${shown}” is no ${what}.`, {
        cure:
            near !== undefined
                ? `Did you mean ${written(near)}?`
                : list
                  ? `Try one of: ${list}.`
                  : 'Free text with dashes goes in double quotes; see fix help.',
    });
}
