import { FixError } from '../errors';
import { clip } from './cut';
import { compileRegex } from './regex';

/** One Alertmanager matcher, see https://prometheus.io/docs/alerting/latest/configuration/#matcher */
export interface Matcher {
    name: string;
    op: '=' | '!=' | '=~' | '!~';
    value: string;
}

/** Longest matcher list that is read, characters. */
const LONGEST = 4000;
const UNQUOTED = /[^\s{}!=~,\\"'`]+/uy;
const QUOTED = /"(?:[^"\\\n]|\\[^\n])*"/uy;
const OPERATOR = /=~|!~|!=|=/y;
const ESCAPE = /\\(?:([abfnrtv\\"])|x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|[^]?)/gu;
const ESCAPED: Record<string, string> = {
    a: '\x07',
    b: '\b',
    f: '\f',
    n: '\n',
    r: '\r',
    t: '\t',
    v: '\v',
    '\\': '\\',
    '"': '"',
};

/**
 * Reads a matcher list in Alertmanager's syntax: `alertname="DiskFilling", severity!="info"`, with or without
 * braces. Names may be any UTF-8 (quoted when they hold spaces or operators). Empty text gives no matchers.
 * Throws `CONFIG_INVALID` with the place and the cure.
 */
export function parseMatchers(text: string): Matcher[] {
    if (text.length > LONGEST) throw wrong(clip(text, 60), 0, `has more than ${LONGEST} characters`, 'Split it.');
    return new MatcherReader(text).read();
}

/** True when all matchers hold. A missing label counts as an empty one, as in Prometheus. */
export function matches(matchers: readonly Matcher[], labels: Readonly<Record<string, string>>): boolean {
    return matchers.every((matcher) =>
        holds(matcher, Object.hasOwn(labels, matcher.name) ? (labels[matcher.name] ?? '') : ''),
    );
}

/** The matchers as one text that {@link parseMatchers} reads back. */
export function formatMatchers(matchers: readonly Matcher[]): string {
    return matchers
        .map(({ name, op, value }) => `${/^[A-Za-z_]\w*$/.test(name) ? name : quote(name)}${op}${quote(value)}`)
        .join(', ');
}

function holds(matcher: Matcher, value: string): boolean {
    switch (matcher.op) {
        case '=':
            return value === matcher.value;
        case '!=':
            return value !== matcher.value;
        case '=~':
            return compileRegex(matcher.value)(value);
        case '!~':
            return !compileRegex(matcher.value)(value);
    }
}

function quote(text: string): string {
    return `"${text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n')}"`;
}

class MatcherReader {
    private at = 0;

    constructor(private readonly text: string) {}

    read(): Matcher[] {
        const braced = this.take(/\{/y) !== undefined;
        const matchers: Matcher[] = [];
        while (!this.atEnd(braced)) {
            matchers.push(this.matcher());
            if (this.take(/,/y) === undefined && !this.atEnd(braced))
                throw this.wrong('misses a comma', 'Put "," between matchers.');
        }
        if (braced && this.take(/\}/y) === undefined)
            throw this.wrong('misses the closing brace', 'Add "}" at the end.');
        this.space();
        if (this.at < this.text.length) throw this.wrong('has text after its end', 'Remove it, or quote the value.');
        return matchers;
    }

    private matcher(): Matcher {
        const name = this.word('a label name');
        if (name === '') throw this.wrong('has an empty label name', 'Name a label, e.g. alertname.');
        const op = this.take(OPERATOR) as Matcher['op'] | undefined;
        if (op === undefined) throw this.wrong('misses an operator', 'Use =, !=, =~ or !~.');
        const value = this.word('a value');
        if (op === '=~' || op === '!~') compileRegex(value);
        return { name, op, value };
    }

    private word(what: string): string {
        const quoted = this.take(QUOTED);
        if (quoted !== undefined) return this.unescape(quoted.slice(1, -1));
        const plain = this.take(UNQUOTED);
        if (plain === undefined) throw this.wrong(`misses ${what}`, 'Write name="value"; put values in double quotes.');
        return plain;
    }

    private unescape(quoted: string): string {
        return quoted.replace(ESCAPE, (whole, one?: string, hex?: string, short?: string, long?: string) => {
            if (one !== undefined) return ESCAPED[one] ?? one;
            const point = parseInt(hex ?? short ?? long ?? '', 16);
            if (!(point <= 0x10ffff))
                throw this.wrong(`has the unknown escape ${whole}`, 'Double the backslash: \\\\.');
            return String.fromCodePoint(point);
        });
    }

    private atEnd(braced: boolean): boolean {
        this.space();
        return this.at >= this.text.length || (braced && this.text[this.at] === '}');
    }

    private take(token: RegExp): string | undefined {
        this.space();
        token.lastIndex = this.at;
        const found = token.exec(this.text)?.[0];
        if (found !== undefined) this.at += found.length;
        return found;
    }

    private space(): void {
        while (/\s/.test(this.text[this.at] ?? '')) this.at++;
    }

    private wrong(what: string, cure: string): FixError {
        return wrong(this.text, this.at, what, cure);
    }
}

function wrong(text: string, at: number, what: string, cure: string): FixError {
    return new FixError('CONFIG_INVALID', `The matcher list ${JSON.stringify(text)} ${what} at character ${at + 1}.`, {
        cure,
    });
}
