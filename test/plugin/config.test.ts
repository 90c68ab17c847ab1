import { readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv';
import { parse, stringify } from 'yaml';
import { configJsonSchema, readConfig } from '../../botkube-plugin/executor/config';
import { FixError } from '../../nodes/core/errors';
import { ROOT } from '../support/package';

function refused(...raw: string[]): string {
    try {
        readConfig(raw);
    } catch (thrown) {
        if (thrown instanceof FixError) return `${thrown.code} ${thrown.message} ${thrown.cure ?? ''}`.trim();
        throw thrown;
    }
    throw new Error('taken');
}

test('nothing configured is a good configuration, in which nobody decides', () => {
    expect(readConfig([])).toEqual({ mayDecide: false, deadlineSeconds: 150, language: 'en-US', clusterName: '' });
    expect(readConfig(['', '{}', 'null'])).toEqual(readConfig([]));
});

test('later configurations win, maps are merged deep, lists and values are replaced', () => {
    const merged = readConfig([
        'redis: {host: a, port: 7000, passwordEnv: PW}\nmodel: {vendor: openai, model: m, budgets: {calls: 3}}\nmayDecide: true',
        'redis: {host: b}\nmodel: {budgets: {tokens: 5000}}',
        'mayDecide: false',
    ]);
    expect(merged.redis).toEqual({
        host: 'b',
        port: 7000,
        passwordEnv: 'PW',
        db: 0,
        namespace: 'a2f',
        tls: false,
        mode: 'standalone',
        sentinelName: 'mymaster',
    });
    expect(merged.model?.budgets).toEqual({ calls: 3, tokens: 5000, deadlineSeconds: 90 });
    expect(merged.mayDecide).toBe(false);
});

test('what is wrong is named by its path', () => {
    expect(refused('redis: {hots: a, host: b}')).toBe(
        'CONFIG_INVALID The configuration has an unknown key redis.hots. Did you mean host?',
    );
    expect(refused('model: {vendor: openai, model: m, budgets: {cals: 1}}')).toContain(
        'unknown key model.budgets.cals. Did you mean calls?',
    );
    expect(refused('qqqqqqq: 1')).toContain('Known here: redis, signingKeysEnv');
    expect(refused('redis: {host: b, port: 99999}')).toContain('wrong at redis.port');
    expect(refused('prometheus: {url: "ftp://x"}')).toContain('prometheus.url: must be an http or https address');
    expect(refused('redis: {}')).toContain('wrong at redis.host: is needed with mode: standalone');
    expect(refused('redis: {mode: sentinel, host: a}')).toContain(
        'wrong at redis.nodes: is needed with mode: sentinel',
    );
    expect(refused('redis: {mode: cluster, nodes: [redis-1]}')).toContain('wrong at redis.nodes.0: must be host:port');
    expect(refused('redis: {mode: cluster, nodes: ["redis-1:99999"]}')).toContain(
        'wrong at redis.nodes.0: has a port above 65535',
    );
    expect(refused('redis: {host: "redis-1:6379"}')).toContain(
        'wrong at redis.host: must be a host name or an IP address',
    );
    expect(refused('redis: {host: a, caFile: /ca.pem}')).toContain('wrong at redis.caFile: needs tls: true');
    expect(refused('redis: {host: a, namespace: "{x}"}')).toContain(
        'wrong at redis.namespace: must have no space and no brace',
    );
    expect(refused('a: [')).toContain('configuration 1 of the fix executor is no YAML');
    expect(refused('{}', '- a')).toContain('configuration 2 of the fix executor must be a map');
    expect(refused('__proto__: {mayDecide: true}')).toContain('unknown key');
});

test('a secret in the place of the name of its variable is refused, and not repeated', () => {
    const said = refused('model: {vendor: openai, model: m, apiKeyEnv: "sk-live-123 456"}');
    expect(said).toContain('name of an environment variable');
    expect(said).not.toContain('sk-live');
});

test('an address with a password in it is refused, and not repeated', () => {
    for (const key of [
        'prometheus: {url: ',
        'alertmanager: {url: ',
        'model: {vendor: openai, model: m, url: ',
        'pageUrl: ',
    ]) {
        const said = refused(`${key}"https://me:hunter2@example.com/v1"${key.includes('{') ? '}' : ''}`);
        expect(said).toContain('without user and password');
        expect(said).not.toContain('hunter2');
    }
});

test('the configurations that are shipped and written about are good ones', () => {
    const file = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');
    const { executors } = parse(file('deploy/botkube-values.yaml')) as {
        executors: Record<string, Record<string, { config: object }>>;
    };
    const configs = Object.values(executors).map((executor) => stringify(executor['alert-to-fix/fix']?.config));
    expect(configs).toHaveLength(2);
    expect(readConfig(configs.slice(0, 1)).mayDecide).toBe(false);
    expect(readConfig(configs)).toMatchObject({ mayDecide: true, redis: { passwordEnv: 'FIX_REDIS_PASSWORD' } });
    const written = /```yaml\n([^`]*)```/.exec(file('docs/botkube.md'))?.[1]?.trim().split('\n') ?? [];
    expect(written.map((line) => readConfig([line]).redis?.mode)).toEqual(['standalone', 'sentinel', 'cluster']);
});

test('the JSON schema is draft-07 and says the same', () => {
    const schema = configJsonSchema();
    expect(schema).toMatchObject({
        $schema: 'http://json-schema.org/draft-07/schema#',
        type: 'object',
        additionalProperties: false,
    });
    expect(JSON.stringify(schema)).not.toContain('"additionalProperties":true');
    const valid = new Ajv({ strict: false }).compile(schema);
    const cases: [unknown, boolean][] = [
        [{}, true],
        [{ redis: { host: 'a' }, model: { vendor: 'ollama', model: 'q' }, mayDecide: true }, true],
        [{ redis: {} }, false],
        [{ redis: { mode: 'cluster', nodes: ['a:1'] } }, true],
        [{ redis: { mode: 'cluster' } }, false],
        [{ x: 1 }, false],
        [{ model: { vendor: 'openai', model: 'm', budgets: { x: 1 } } }, false],
    ];
    for (const [value, expected] of cases) expect([value, valid(value)]).toEqual([value, expected]);
});
