import { libraryDifference } from '../../../../nodes/core/model/sealed-library';

const DIGEST = 'ab'.repeat(32);
const version = (files: Record<string, string>): Parameters<typeof libraryDifference>[0] => ({
    inventory: 'inventory.ini',
    files,
});

test('a library that is the same has no difference, another inventory is one', () => {
    expect(libraryDifference(version({ a: DIGEST }), version({ a: DIGEST }))).toBeUndefined();
    expect(libraryDifference(version({}), { inventory: 'hosts.ini', files: {} })).toMatchObject({
        was: 'inventory.ini',
        now: 'hosts.ini',
    });
});

test.each(['constructor', 'toString', '__proto__', 'playbooks/new.yml'])(
    'a file of the name %s that came is told as missing before',
    (name) => {
        const now = version(Object.fromEntries([[name, DIGEST]]));
        expect(libraryDifference(version({}), now)).toEqual({ name, was: 'missing', now: 'abababab', more: 0 });
    },
);
