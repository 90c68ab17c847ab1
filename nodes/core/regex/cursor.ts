import { FixError } from '../errors';

/** A place in the text of a pattern, character by character (code points). */
export class Cursor {
    protected at = 0;
    protected readonly characters: readonly string[];

    constructor(private readonly source: string) {
        this.characters = [...source];
    }

    protected peek(): string | undefined {
        return this.characters[this.at];
    }

    protected next(): string {
        const character = this.characters[this.at];
        if (character === undefined) throw this.wrong('an early end', 'Close what is open, and double a last backslash.');
        this.at++;
        return character;
    }

    protected take(character: string): boolean {
        if (this.peek() !== character) return false;
        this.at++;
        return true;
    }

    /** Reads what `token` (anchored at the start, at most `longest` characters) matches. */
    protected takeToken(token: RegExp, longest: number): RegExpExecArray | null {
        const found = token.exec(this.characters.slice(this.at, this.at + longest).join(''));
        if (found) this.at += [...found[0]].length;
        return found;
    }

    protected wrong(what: string, cure: string): FixError {
        return new FixError('CONFIG_INVALID', `The regular expression ${JSON.stringify(this.source)} has ${what} at character ${this.at}.`, { cure });
    }
}
