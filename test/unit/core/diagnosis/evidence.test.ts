import { EvidenceLog, MOST_POINTS, MOST_SERIES } from '../../../../nodes/core/diagnosis/evidence';
import type { Series } from '../../../../nodes/core/model/diagnosis';

const log = (): EvidenceLog => new EvidenceLog(() => new Date('2026-01-01T00:00:00Z'));
const recorded = (series: Series[]): Series[] =>
    log().record({ kind: 'graph', title: 'Graph', result: 'rising', series }).series ?? [];
const points = (count: number): Series['points'] => Array.from({ length: count }, (_none, at) => [at, at * 2]);

test('evidence names no host unless its tool says so', () => {
    const one = log().record({ kind: 'graph', title: 'Graph', result: 'web-1' });
    expect(one).toEqual({ id: 'E1', kind: 'graph', title: 'Graph', result: 'web-1', at: '2026-01-01T00:00:00.000Z' });
    expect(log().record({ kind: 'graph', title: 'Graph', result: 'web-1', mayNameHost: true }).mayNameHost).toBe(true);
});

test('a result is as long as its tool allows, and never longer than the bound of all', () => {
    const length = (longest?: number): number =>
        log().record({ kind: 'graph', title: 'Graph', result: 'x'.repeat(9_000), longest }).result.length;
    expect(length()).toBeLessThan(2_100);
    expect(length(100)).toBeLessThan(200);
    expect(length(9_000)).toBeLessThan(3_100);
});

describe('series', () => {
    test('that fit are kept as they are', () => {
        const series: Series[] = [{ labels: { host: 'web-1' }, points: points(MOST_POINTS) }];
        expect(recorded(series)).toEqual(series);
    });

    test('are bounded in number and points: the whole stretch of time and the newest point stay', () => {
        const count = MOST_POINTS * 3 + 1;
        const kept = recorded(Array.from({ length: MOST_SERIES + 1 }, () => ({ labels: {}, points: points(count) })));
        expect(kept).toHaveLength(MOST_SERIES);
        expect(kept[0]?.points.length).toBeLessThanOrEqual(MOST_POINTS);
        expect(kept[0]?.points.length).toBeGreaterThan(MOST_POINTS / 2);
        expect(kept[0]?.points[0]?.[0]).toBeLessThan(4);
        expect(kept[0]?.points.at(-1)).toEqual([count - 1, (count - 1) * 2]);
    });

    test('have no values that JSON cannot carry, no secrets and no invisible characters in their labels', () => {
        const [one] = recorded([
            {
                labels: { note: 'password=hunter2222 \u202e' },
                points: [
                    [1, Number.NaN],
                    [2, Number.POSITIVE_INFINITY],
                    [3, 1],
                ],
            },
        ]);
        expect(one).toEqual({ labels: { note: 'password=[redacted] ‹U+202E›' }, points: [[3, 1]] });
    });
});
