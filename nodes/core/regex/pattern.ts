import { FixError } from '../errors';
import { Cursor } from './cursor';
import { codePoint, CONTROL_ESCAPES, PERL_CLASSES, POSIX_CLASSES, unicodeClass } from './classes';

/** Tests one character (one code point). */
export type CharacterTest = (character: string) => boolean;

/** A place between characters. */
export type Place = 'start' | 'end' | 'word-edge' | 'not-word-edge';

/** Syntax tree of a pattern. */
export type Pattern =
    | { kind: 'character'; accepts: CharacterTest }
    | { kind: 'place'; place: Place }
    | { kind: 'sequence'; parts: Pattern[] }
    | { kind: 'choice'; parts: Pattern[] }
    | { kind: 'repeat'; part: Pattern; least: number; most: number };

/** Longest pattern that is read, characters. */
const LONGEST = 1000;
/** RE2's limit of a counted repetition. */
const MOST_REPEATS = 1000;
const DEEPEST = 50;

/** Reads a regular expression in RE2's syntax. Throws `CONFIG_INVALID` with the place and the cure. */
export function parsePattern(source: string): Pattern {
    if (source.length > LONGEST) {
        throw new FixError('CONFIG_INVALID', `The regular expression has ${source.length} characters, more than ${LONGEST}.`, {
            cure: 'Shorten it, or split it into several.',
        });
    }
    return new PatternReader(source).read();
}

class PatternReader extends Cursor {
    private depth = 0;
    private ignoreCase = false;

    read(): Pattern {
        const pattern = this.choice();
        if (this.at < this.characters.length) throw this.wrong('an unopened ")"', 'Escape it as \\) or remove it.');
        return pattern;
    }

    private choice(): Pattern {
        const parts = [this.sequence()];
        while (this.take('|')) parts.push(this.sequence());
        return parts.length === 1 && parts[0] ? parts[0] : { kind: 'choice', parts };
    }

    private sequence(): Pattern {
        const parts: Pattern[] = [];
        while (this.at < this.characters.length && this.peek() !== '|' && this.peek() !== ')') {
            parts.push(this.repeated(this.atom()));
        }
        return { kind: 'sequence', parts };
    }

    private repeated(part: Pattern): Pattern {
        const bounds = this.quantifier();
        if (!bounds) return part;
        this.take('?');
        if (this.quantifier()) throw this.wrong('two quantifiers in a row', 'Keep one of them, or group the first.');
        const [least, most] = bounds;
        if (least > MOST_REPEATS || (most !== Infinity && most > MOST_REPEATS) || least > most) {
            throw this.wrong('a bad repeat count', `Use {least,most} with least ≤ most ≤ ${MOST_REPEATS}.`);
        }
        return { kind: 'repeat', part, least, most };
    }

    private quantifier(): [number, number] | undefined {
        if (this.take('*')) return [0, Infinity];
        if (this.take('+')) return [1, Infinity];
        if (this.take('?')) return [0, 1];
        const counted = this.takeToken(/^\{(\d{1,5})(,(\d{0,5}))?\}/, 14);
        if (!counted) return undefined;
        const least = Number(counted[1]);
        if (counted[2] === undefined) return [least, least];
        return [least, counted[3] ? Number(counted[3]) : Infinity];
    }

    private atom(): Pattern {
        const character = this.next();
        switch (character) {
            case '(': return this.group();
            case '[': return this.characterClass();
            case '.': return { kind: 'character', accepts: () => true };
            case '^': return { kind: 'place', place: 'start' };
            case '$': return { kind: 'place', place: 'end' };
            case '\\': return this.escape();
            case '*': case '+': case '?':
                throw this.wrong(`"${character}" with nothing before it`, `Escape it as \\${character}.`);
            default: return this.literal(character);
        }
    }

    private group(): Pattern {
        if (++this.depth > DEEPEST) throw this.wrong('groups nested too deep', `Nest at most ${DEEPEST}.`);
        const outerCase = this.ignoreCase;
        const onlyFlags = this.take('?') && this.groupHead();
        if (onlyFlags) {
            this.depth--;
            return { kind: 'sequence', parts: [] };
        }
        const inside = this.choice();
        if (!this.take(')')) throw this.wrong('an unclosed "("', 'Close it with ")", or escape it as \\(.');
        this.ignoreCase = outerCase;
        this.depth--;
        return inside;
    }

    /** Reads what follows `(?`. True when it was only flags, `(?i)`, which hold for the rest of the group. */
    private groupHead(): boolean {
        const head = this.takeToken(/^(?:P?<[A-Za-z_]\w*>|(i|s|is|si)?([:)]))/, 80);
        if (!head) throw this.wrong('lookaround or an unknown group', 'Prometheus has no lookaround; use (…), (?:…) or (?i).');
        if (head[1]?.includes('i')) this.ignoreCase = true;
        return head[2] === ')';
    }

    private escape(): Pattern {
        const character = this.next();
        if (/[1-9]/.test(character)) throw this.wrong('a backreference', 'Prometheus has none; write the text out.');
        if (character === 'A') return { kind: 'place', place: 'start' };
        if (character === 'z') return { kind: 'place', place: 'end' };
        if (character === 'b') return { kind: 'place', place: 'word-edge' };
        if (character === 'B') return { kind: 'place', place: 'not-word-edge' };
        const named = this.namedClass(character);
        return named === undefined ? this.literal(this.escapedCharacter(character)) : this.oneOf(named, false);
    }

    /** Inside of a JavaScript class for `\d`, `\pL`, …; undefined when the escape is one character. */
    private namedClass(character: string): string | undefined {
        if (character !== 'p' && character !== 'P') return PERL_CLASSES[character];
        let name = this.next();
        if (name === '{') {
            name = '';
            while (this.at < this.characters.length && this.peek() !== '}') name += this.next();
            this.next();
        }
        const inside = unicodeClass(character, name);
        if (inside !== undefined) return inside;
        throw this.wrong('an unknown Unicode class', 'Use a category such as \\p{L} or a script such as \\p{Greek}.');
    }

    private escapedCharacter(character: string): string {
        if (CONTROL_ESCAPES[character]) return CONTROL_ESCAPES[character];
        if (character === 'x') return this.hexadecimal();
        if (/[A-Za-z0-9]/.test(character)) throw this.wrong(`the unknown escape \\${character}`, 'Write the character itself.');
        return character;
    }

    private hexadecimal(): string {
        const code = this.takeToken(/^(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})/, 8);
        const point = parseInt(code?.[1] ?? code?.[2] ?? '', 16);
        if (!code || point > 0x10ffff) throw this.wrong('a bad \\x escape', 'Write \\x2f or \\x{1f600}.');
        return String.fromCodePoint(point);
    }

    private characterClass(): Pattern {
        const negated = this.take('^');
        let inside = '';
        for (let first = true; first || this.peek() !== ']'; first = false) inside += this.classItem();
        this.next();
        return this.oneOf(inside, negated);
    }

    private classItem(): string {
        const character = this.next();
        if (character === '[' && this.peek() === ':') return this.posixClass();
        const from = this.classMember(character);
        if ('inside' in from) return from.inside;
        if (this.peek() !== '-' || this.characters[this.at + 1] === ']') return codePoint(from.character);
        this.next();
        const to = this.classMember(this.next());
        if ('inside' in to || (to.character.codePointAt(0) ?? 0) < (from.character.codePointAt(0) ?? 0)) {
            throw this.wrong('a bad range in [ ]', 'Write the smaller character first, or put "-" last.');
        }
        return `${codePoint(from.character)}-${codePoint(to.character)}`;
    }

    /** One character of a class, or a class within the class. */
    private classMember(character: string): { character: string } | { inside: string } {
        if (character !== '\\') return { character };
        const escaped = this.next();
        const inside = this.namedClass(escaped);
        return inside === undefined ? { character: this.escapedCharacter(escaped) } : { inside };
    }

    private posixClass(): string {
        const named = this.takeToken(/^:([a-z]{1,10}):\]/, 14);
        const inside = POSIX_CLASSES[named?.[1] ?? ''];
        if (!named || !inside) throw this.wrong('an unknown class in [: :]', 'Use for example [[:alpha:]].');
        return inside;
    }

    private literal(character: string): Pattern {
        if (this.ignoreCase) return this.oneOf(codePoint(character), false);
        return { kind: 'character', accepts: (other) => other === character };
    }

    private oneOf(inside: string, negated: boolean): Pattern {
        const test = new RegExp(`^[${negated ? '^' : ''}${inside}]$`, this.ignoreCase ? 'iu' : 'u');
        return { kind: 'character', accepts: (character) => test.test(character) };
    }
}
