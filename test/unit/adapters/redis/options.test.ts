import { type RedisSettings, redisOptions } from '../../../../nodes/adapters/redis/options';
import { FixError } from '../../../../nodes/core/errors';

function refused(settings: Partial<RedisSettings>, nameOf?: (setting: string) => string): FixError {
    try {
        redisOptions({ mode: 'standalone', host: 'redis-1', ...settings }, nameOf);
    } catch (thrown) {
        if (thrown instanceof FixError) return thrown;
        throw thrown;
    }
    throw new Error('taken');
}

test.each([
    ['redis-1', 'redis-1'],
    ['10.0.0.7', '10.0.0.7'],
    ['fe80::1', 'fe80::1'],
    ['[fe80::1]', 'fe80::1'],
])('one server at %s', (host, expected) => {
    const options = redisOptions({ mode: 'standalone', host, db: 3, sentinelName: 'unused', nodes: ['unused:1'] });
    expect(options).toEqual({ mode: 'standalone', nodes: [{ host: expected, port: 6379 }], db: 3 });
});

test('several servers by name and address; a Cluster has no database to choose', () => {
    const nodes = ['redis-1:6379', '[::1]:65535', '10.0.0.7:1'];
    const addresses = [
        { host: 'redis-1', port: 6379 },
        { host: '::1', port: 65_535 },
        { host: '10.0.0.7', port: 1 },
    ];
    const common = { nodes, db: 3, sentinelName: 'fixes', password: 'p', tls: {} };
    expect(redisOptions({ mode: 'sentinel', ...common })).toEqual({
        ...{ mode: 'sentinel', nodes: addresses, db: 3, sentinelName: 'fixes', password: 'p', tls: {} },
    });
    expect(redisOptions({ mode: 'cluster', ...common })).toEqual({
        ...{ mode: 'cluster', nodes: addresses, password: 'p', tls: {} },
    });
});

test.each<[string, Partial<RedisSettings>, string]>([
    ['host', { host: undefined }, 'host is wrong: is needed with mode: standalone.'],
    ['host', { host: 'redis-1:6379' }, 'host is wrong: must be a host name or an IP address.'],
    ['host', { host: 'redis 1' }, 'host is wrong: must be a host name or an IP address.'],
    ['nodes', { mode: 'sentinel' }, 'nodes is wrong: is needed with mode: sentinel.'],
    ['nodes', { mode: 'cluster', nodes: [] }, 'nodes is wrong: is needed with mode: cluster.'],
    ['nodes', { mode: 'cluster', nodes: ['a:1', 'b'] }, 'nodes (number 2) is wrong: must be host:port.'],
    ['nodes', { mode: 'cluster', nodes: ['a:99999'] }, 'nodes (number 1) is wrong: has a port above 65535.'],
    ['namespace', { namespace: '{a}' }, 'namespace is wrong: must have no space and no brace.'],
])('a wrong %s is refused: %j', (field, settings, message) => {
    expect(refused(settings)).toMatchObject({ code: 'CONFIG_INVALID', field, message });
});

test('who asks names the field as the operator knows it', () => {
    expect(refused({ port: 0 }, (setting) => `redis.${setting}`)).toMatchObject({ field: 'redis.port' });
});
