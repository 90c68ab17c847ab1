import { slope } from '../../soak/slope';

test.each<[string, [number, number][], number]>([
    [
        'grows by two each step',
        [
            [0, 1],
            [1, 3],
            [2, 5],
        ],
        2,
    ],
    [
        'goes up and down',
        [
            [0, 1],
            [1, 3],
            [2, 1],
        ],
        0,
    ],
    [
        'shrinks',
        [
            [10, 5],
            [12, 4],
        ],
        -0.5,
    ],
])('what %s', (_name, points, expected) => {
    expect(slope(points)).toBeCloseTo(expected);
});

test('of one point nothing is known', () => {
    expect(slope([[1, 1]])).toBeNaN();
    expect(slope([])).toBeNaN();
});
