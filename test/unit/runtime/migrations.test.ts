import { FIRST_VERSION, migrated, newestVersion, registerMigrations } from '../../../nodes/runtime/migrations';

registerMigrations('lamp', [
    (settings) => settings,
    ({ watts, ...others }) => ({ ...others, lumen: Number(watts) * 10 }),
    (settings) => ({ ...settings, colour: 'white' }),
]);

test('settings pass through every step from their version to the newest', () => {
    expect(migrated('lamp', { name: 'hall', watts: 60 })).toEqual({
        settings: { name: 'hall', lumen: 600, colour: 'white', version: 3 },
        from: 0,
    });
    expect(migrated('lamp', { lumen: 700, version: 2 })).toEqual({
        settings: { lumen: 700, colour: 'white', version: 3 },
        from: 2,
    });
    expect(newestVersion('lamp')).toBe(3);
});

test('settings of the newest version come back untouched', () => {
    const settings = { lumen: 700, colour: 'red', version: 3 };
    expect(migrated('lamp', settings).settings).toBe(settings);
});

test('the given settings are never changed', () => {
    const settings = Object.freeze({ watts: 60 });
    expect(migrated('lamp', settings).settings).not.toBe(settings);
    registerMigrations('careless', [
        (given) => {
            Reflect.set(given, 'watts', 1);
            return given;
        },
    ]);
    expect(migrated('careless', { watts: 60 }).settings).toEqual({ watts: 60, version: 1 });
});

test('the first version changes nothing but the version', () => {
    registerMigrations('plain', FIRST_VERSION);
    expect(migrated('plain', { name: 'hall' }).settings).toEqual({ name: 'hall', version: 1 });
});

test.each([
    ['a newer version', { version: 4 }, /version 4; this package knows versions up to 3/],
    ['a version that is text', { version: '2' }, /"2" is not a version/],
    ['a version below 0', { version: -1 }, /-1 is not a version/],
    ['half a version', { version: 1.5 }, /1.5 is not a version/],
])('%s is refused with its field and a cure', (_what, settings, message) => {
    expect(() => migrated('lamp', settings)).toThrow(
        expect.objectContaining({
            code: 'CONFIG_INVALID',
            field: 'version',
            cure: expect.stringMatching(/\w/),
            message: expect.stringMatching(message),
        }),
    );
});

test('a type that is not registered is refused', () => {
    expect(() => migrated('toaster', {})).toThrow(expect.objectContaining({ code: 'INPUT_INVALID', field: 'type' }));
    expect(newestVersion('toaster')).toBeUndefined();
});
