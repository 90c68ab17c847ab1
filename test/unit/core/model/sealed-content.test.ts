import { contentDifference, type SealedContent } from '../../../../nodes/core/model/sealed-content';

const DIGEST = 'ab'.repeat(32);
const version = (digests: Record<string, string>): SealedContent => ({
    kind: 'ansible',
    inventory: 'inventory.ini',
    digests,
});

test('content that is the same has no difference; another inventory or another kind of executor is one', () => {
    expect(contentDifference(version({ a: DIGEST }), version({ a: DIGEST }))).toBeUndefined();
    expect(contentDifference(version({}), { ...version({}), inventory: 'hosts.ini' })).toMatchObject({
        was: 'inventory.ini',
        now: 'hosts.ini',
    });
    expect(contentDifference(version({}), { ...version({}), kind: 'awx' })).toMatchObject({
        was: 'ansible',
        now: 'awx',
    });
});

test.each(['constructor', 'toString', '__proto__', 'playbooks/new.yml'])(
    'a file of the name %s that came is told as missing before',
    (name) => {
        const now = version(Object.fromEntries([[name, DIGEST]]));
        expect(contentDifference(version({}), now)).toEqual({ name, was: 'missing', now: 'abababab', more: 0 });
    },
);
