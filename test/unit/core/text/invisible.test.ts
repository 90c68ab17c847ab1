import { resolveParameters } from '../../../../nodes/core/runbook/parameters';
import { targetHosts } from '../../../../nodes/core/runbook/target';
import { hasInvisible } from '../../../../nodes/core/text/invisible';
import { plain, plainCode, plainLine } from '../../../../nodes/core/text/plain-text';
import { visible, visibleProse } from '../../../../nodes/core/text/text';

/** Every character of the class, from the tables of Unicode that Node.js has. */
const ALL: string[] = [];
for (let point = 0; point <= 0x10ffff; point += 1) {
    const character = String.fromCodePoint(point);
    if (character !== ' ' && /[\p{Cc}\p{Cf}\p{Cs}\p{DI}\p{Zl}\p{Zp}\p{Zs}]|\u2800/u.test(character))
        ALL.push(character);
}
const NAMED = [
    '\ufe01',
    '\u2800',
    '\u3164',
    '\u115f',
    '\u1160',
    '\uffa0',
    '\u034f',
    '\u17b4',
    '\u{e0100}',
    '\u202e',
    '\u200b',
    '\u00ad',
    '\u061c',
    '\u180b',
    '\u2062',
    '\ufeff',
    '\u00a0',
    '\u2003',
    '\u3000',
    '\u2028',
    '\u0085',
    '\ud800',
    '\u{e0041}',
    '\u{1d173}',
    '\u{fff0}',
];

const pathSpec = { type: 'string' as const, description: 'a path', pattern: '[^;]*' };
const resolved = (value: string): unknown =>
    resolveParameters({ id: 'a', parameters: { path: pathSpec } }, { path: value }, {});

test('the class holds what is known to be invisible, and thousands more', () => {
    expect(NAMED.filter((character) => !ALL.includes(character))).toEqual([]);
    expect(ALL.length).toBeGreaterThan(4_000);
});

test('no character of it passes as part of a parameter', () => {
    expect(
        ALL.filter((character) => {
            try {
                resolved(`/data${character}`);
                return true;
            } catch {
                return false;
            }
        }),
    ).toEqual([]);
    expect(resolved('/data/ü 世界 é')).toEqual({ path: '/data/ü 世界 é' });
});

test('no host with one is taken, not even one that the inventory has', () => {
    const alerts = (host: string) => [
        {
            fingerprint: '1',
            status: 'firing' as const,
            labels: { host },
            annotations: {},
            startsAt: '2026-01-01T00:00:00Z',
        },
    ];
    for (const character of NAMED) {
        const host = `web-1${character}`;
        const find = (): unknown => targetHosts({ id: 'a', target: 'host' }, { alerts: alerts(host) }, ['web-1', host]);
        expect(find).toThrow(
            expect.objectContaining({ code: 'HOST_UNKNOWN', message: expect.stringContaining('‹U+') }),
        );
    }
});

test('none is left unseen in code and in names: each is spelled out, and no two become the same', () => {
    const inCode = ALL.filter((character) => character !== '\n' && character !== '\t' && character !== '\r');
    expect(inCode.filter((character) => hasInvisible(plainCode(`a${character}b`).replace(/\n/g, '')))).toEqual([]);
    expect(new Set(ALL.map((character) => visible(`a${character}b`))).size).toBe(ALL.length);
    expect(plainCode('/data\ufe01')).toBe('/data[U+FE01]');
    expect(visible('a\tb\u3000')).toBe('a‹U+0009›b‹U+3000›');
});

test('none is left in the prose of a card but line feeds and tabs; blanks become spaces', () => {
    expect(ALL.filter((one) => !/[\n\r\t]/.test(one) && hasInvisible(plain(`a${one}b`)))).toEqual([]);
    expect(plainLine('100\u00a0%\u2800full\u3164!')).toBe('100 % full !');
});

test('prose that is kept spells out what hides, and keeps what prose is written with', () => {
    expect(visibleProse('93\u00a0% voll,\u3000磁盘\tfull\nnow')).toBe('93\u00a0% voll,\u3000磁盘\tfull\nnow');
    expect(visibleProse('web-1\ufe0f \u202eevil \u2800')).toBe('web-1‹U+FE0F› ‹U+202E›evil ‹U+2800›');
});

test.each(['❤️', '👩‍🚒', '👩🏽‍🚒', '👁️‍🗨️', '1️⃣', '🏳️‍🌈'])(
    '%s stays readable in prose, and is spelled out in code',
    (emoji) => {
        expect(plain(`on fire ${emoji}`)).toBe(`on fire ${emoji.replaceAll('\u200d', '')}`);
        expect(visibleProse(emoji)).toBe(emoji);
        expect(plainCode(emoji)).toContain('[U+');
        expect(() => resolved(emoji)).toThrow('invisible characters');
    },
);

test.each(['a\ufe0f', '1\ufe0f', 'a\u200db', '❤\u200d', '\u200d❤', '❤️\ufe0f'])(
    '%j has a part of an emoji without one',
    (text) => {
        expect(plain(text).length).toBeLessThan(text.length);
        expect(visibleProse(text)).toContain('‹U+');
    },
);
