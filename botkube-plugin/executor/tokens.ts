/** One word of a command. `quoted`: it began with a quote, so it is never a flag. */
export interface Token {
    text: string;
    quoted: boolean;
    /** Where the value of a `--name=value` begins; absent for other words. */
    flag?: { name: string; value?: string };
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };
const ENTITY = /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-z]{2,4}));/g;
/** `<http://web-1|web-1>`, `<mailto:a@b|a@b>`, `<http://web-1>`, as Slack writes what looks like a link. */
const LINK = /<((?:https?|ftp|mailto|tel|slack):[^|<>\s]*)(?:\|([^<>]*))?>/g;
/** `<#C012|alerts>` */
const CHANNEL = /<#[A-Z0-9]+\|([^<>]*)>/g;
/** What phones and Macs make of `--`, at the start of a word. */
const LONG_DASH = /(^|\s)[\u2013\u2014](?=[A-Za-z])/g;
const CLOSED_BY: Record<string, string> = {
    '"': '"',
    "'": "'",
    '\u201c': '\u201d\u201c"',
    '\u201d': '\u201d"',
    '\u2018': "\u2019\u2018'",
    '\u00ab': '\u00bb',
};
const SMART_APOSTROPHE = /[\u2018\u2019]/g;
/** Behind a letter, so that the empty string of a PromQL matcher stays. */
const DOUBLED_IN_TEXT = /(?<=[\p{L}\p{N}])''/gu;
const FLAG = /^--([A-Za-z][A-Za-z0-9-]*)(?==|$)/;

/**
 * Cuts a command into words, forgiving what chat platforms do to it: link markup, HTML entities, smart and unbalanced
 * quotes, Go-quoted input, long dashes, and apostrophes that Botkube doubled. Entities are decoded last, word by word:
 * an escaped quote inside a quoted value cannot end it.
 */
export function tokens(command: string): Token[] {
    const text = command
        .replace(LINK, (_whole, address: string, label?: string) => label || address.replace(/^(?:mailto|tel):/, ''))
        .replace(CHANNEL, '#$1')
        .replace(LONG_DASH, '$1--');
    return new Reader(text).read();
}

class Reader {
    private at = 0;

    constructor(private readonly text: string) {}

    read(): Token[] {
        const found: Token[] = [];
        for (this.skipSpace(); this.at < this.text.length; this.skipSpace()) found.push(this.word());
        return found;
    }

    private word(): Token {
        if (this.opensQuote()) return { text: decoded(this.quoted()), quoted: true };
        const raw = this.bare(/[\s=]/);
        const name = FLAG.exec(`${raw}${this.text[this.at] === '=' ? '=' : ''}`)?.[1];
        if (name === undefined) return { text: decoded(apostrophes(raw + this.bare(/\s/))), quoted: false };
        if (this.text[this.at] !== '=') return { text: raw, quoted: false, flag: { name } };
        this.at += 1;
        const value = decoded(this.opensQuote() ? this.quoted() : apostrophes(this.bare(/\s/)));
        return { text: `${raw}=${value}`, quoted: false, flag: { name, value } };
    }

    private opensQuote(): boolean {
        const quote = this.text[this.at] ?? '';
        return quote in CLOSED_BY && !(quote === "'" && !this.text.includes("'", this.at + 1));
    }

    /**
     * What stands between the quotes, and what is glued to the closing one; to the end of the text when none closes.
     */
    private quoted(): string {
        const opened = this.text[this.at] ?? '';
        const closing = CLOSED_BY[opened] ?? opened;
        const backslashes = opened !== "'";
        let said = '';
        for (this.at += 1; this.at < this.text.length; this.at += 1) {
            const character = this.text[this.at] ?? '';
            if (backslashes && character === '\\') said += this.escaped();
            else if (closing.includes(character) && this.endsHere(opened)) break;
            else said += character;
        }
        this.at += 1;
        return (backslashes ? said.replace(DOUBLED_IN_TEXT, "'") : said) + this.bare(/\s/);
    }

    /** An apostrophe inside a single-quoted word does not close it: `'why isn''t it'`. */
    private endsHere(opened: string): boolean {
        if (opened !== "'" && opened !== '\u2018') return true;
        const next = this.text[this.at + 1];
        if (next === "'" && opened === "'" && /\S/.test(this.text[this.at + 2] ?? ' ')) {
            this.at += 1;
            return false;
        }
        return next === undefined || /\s/.test(next);
    }

    /** Go's escapes, as Botkube quotes what was typed into an input field. */
    private escaped(): string {
        const [whole, character = '', hex] =
            /^\\(?:([abfnrtv\\"'])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4}))/
                .exec(this.text.slice(this.at, this.at + 6))
                ?.map((part, place, all) => (place === 2 ? (part ?? all[3]) : part)) ?? [];
        if (whole === undefined) return '\\';
        this.at += whole.length - 1;
        return hex === undefined
            ? ({ n: '\n', t: '\t', r: '\r' }[character] ?? character)
            : String.fromCharCode(parseInt(hex, 16));
    }

    private bare(end: RegExp): string {
        const from = this.at;
        while (this.at < this.text.length && !end.test(this.text[this.at] ?? '')) this.at += 1;
        return this.text.slice(from, this.at);
    }

    private skipSpace(): void {
        this.bare(/\S/);
    }
}

/** Botkube doubles a single `'`, so that its own reading of the command succeeds. */
function apostrophes(word: string): string {
    return word.replace(/''/g, "'").replace(SMART_APOSTROPHE, "'");
}

/** HTML entities of Slack and of Botkube's action templates, decoded once. */
function decoded(text: string): string {
    return text.replace(ENTITY, (whole, decimal?: string, hex?: string, name?: string) => {
        if (name !== undefined) return ENTITIES[name] ?? whole;
        const point = decimal === undefined ? parseInt(hex ?? '', 16) : parseInt(decimal, 10);
        return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    });
}
