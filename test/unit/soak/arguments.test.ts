import { soakArguments } from '../../soak/arguments';

const seed = (): number => 7;

test('without arguments: five minutes on each store, with any seed', () => {
    expect(soakArguments([], seed)).toEqual({ minutes: 5, stores: ['embedded', 'redis'], seed: 7 });
});

test('minutes, store and seed', () => {
    expect(soakArguments(['0.5', '--store', 'redis', '--seed', '42'], seed)).toEqual({
        minutes: 0.5,
        stores: ['redis'],
        seed: 42,
    });
});

test.each([[['soon']], [['0']], [['5', '6']], [['--store', 'mongo']], [['--seed', 'x']], [['--fast']]])(
    '%j is not understood',
    (args) => {
        expect(() => soakArguments(args, seed)).toThrow('Usage: npm run soak');
    },
);
