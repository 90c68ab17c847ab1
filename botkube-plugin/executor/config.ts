import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { MODEL_VENDORS, vendorFields } from '../../nodes/adapters/models';
import { missingAddress, redisFields } from '../../nodes/adapters/redis/options';
import { FixError } from '../../nodes/core/errors';
import { nearest } from './nearest';

const envName = z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable, never the secret itself');
const address = z
    .string()
    .regex(/^https?:\/\/[^\s/?#@]+(?:[/?#]\S*)?$/, 'must be an http or https address without user and password');
const count = (least: number, most: number, otherwise: number) =>
    z.number().int().min(least).max(most).default(otherwise);

const redis = z
    .strictObject({
        mode: redisFields.mode
            .default('standalone')
            .describe('One server, Sentinels that name it, or a Cluster; as in the incident store of Node-RED.'),
        host: redisFields.host
            .optional()
            .describe('Standalone: host name or IP address of the Redis that Node-RED uses, too.'),
        port: redisFields.port.default(6379),
        nodes: z
            .array(redisFields.address)
            .min(1)
            .optional()
            .describe('The Sentinels, or some nodes of the Cluster, each as host:port.'),
        sentinelName: redisFields.sentinelName
            .default('mymaster')
            .describe('Name of the group of servers that the Sentinels watch.'),
        sentinelPasswordEnv: envName
            .optional()
            .describe('Environment variable that holds the password of the Sentinels.'),
        db: redisFields.db.default(0).describe('Number of the database; a Cluster has only 0.'),
        username: redisFields.username.optional(),
        passwordEnv: envName.optional().describe('Environment variable that holds the password.'),
        namespace: redisFields.namespace
            .default('a2f')
            .describe('Begins every key; the same as in the incident store of Node-RED.'),
        tls: z.boolean().default(false).describe('TLS, to the Sentinels too.'),
        caFile: z
            .string()
            .min(1)
            .optional()
            .describe('File with the certificate authority (PEM) to trust, when it is not a public one.'),
    })
    .check(({ value, issues }) => {
        const missing = missingAddress(value);
        const issue = (field: string, message: string): void =>
            void issues.push({ code: 'custom', path: [field], message, input: value });
        if (missing) issue(missing.field, missing.message);
        if (value.caFile !== undefined && !value.tls) issue('caFile', 'needs tls: true');
    })
    .meta({ anyOf: [{ required: ['host'] }, { required: ['mode', 'nodes'] }] });

const server = z.strictObject({
    url: address,
    tokenEnv: envName.optional().describe('Environment variable that holds a bearer token.'),
});

const budgets = z.strictObject({
    calls: count(1, 50, 6).describe('Most questions to the model of one diagnosis.'),
    tokens: count(1_000, 10_000_000, 60_000).describe('Most tokens of one diagnosis.'),
    deadlineSeconds: count(1, 3_600, 90).describe('Then the rules of the runbooks answer.'),
});

/** Fields that only some vendors have; one that the chosen vendor does not have is not looked at. */
const ownFields = Object.fromEntries(
    Object.entries(vendorFields()).map(([name, { schema, label, cure }]) => {
        const owners = MODEL_VENDORS.filter(({ fields }) => name in fields).map(({ id }) => id);
        return [name, schema.describe(`${label['en-US']}, for ${owners.join(', ')} only. ${cure['en-US']}`)];
    }),
);

const model = z.strictObject({
    vendor: z
        .enum(MODEL_VENDORS.map(({ id }) => id))
        .describe(MODEL_VENDORS.map(({ id, label }) => `${id}: ${label['en-US']}`).join('; ')),
    model: z
        .string()
        .min(1)
        .describe(`Such as ${MODEL_VENDORS.map(({ exampleModel }) => exampleModel).join(' or ')}.`),
    url: address
        .optional()
        .describe(`Base address; when left out, ${MODEL_VENDORS.map(({ id, url }) => `${url} for ${id}`).join(', ')}.`),
    apiKeyEnv: envName.optional().describe('Environment variable that holds the API key.'),
    timeoutSeconds: count(1, 3_600, 60).describe('Longest wait for one answer.'),
    retries: count(0, 5, 1),
    ...ownFields,
    budgets: budgets.prefault({}),
});

const pluginConfig = z.strictObject({
    redis: redis.optional().describe('The shared incident store. Without it alerts, diagnose and status work.'),
    signingKeysEnv: envName
        .optional()
        .describe(
            'Environment variable with the signing keys of the incident store, one per line. Without it nobody can approve or reject here.',
        ),
    runbooks: z
        .string()
        .min(1)
        .optional()
        .describe('Folder with runbooks/ and playbooks/; the starter library when left out.'),
    prometheus: server.optional(),
    alertmanager: server.optional(),
    model: model.optional().describe('Without it the rules of the runbooks answer.'),
    mayDecide: z
        .boolean()
        .default(false)
        .describe(
            'May fixes be approved and rejected in the channels that this configuration is bound to? Who may, the approval gate says.',
        ),
    pageUrl: address.optional().describe("Public address of Node-RED's editor, for links to the incident page."),
    clusterName: z.string().default('').describe('Cluster of alerts that name none.'),
    deadlineSeconds: count(5, 3_600, 150).describe('Longest time of one command.'),
    language: z.enum(['en-US', 'zh-CN']).default('en-US'),
});

/** The merged configuration of one call. Secrets are named by environment variable, never held. */
export type PluginConfig = z.infer<typeof pluginConfig>;
export type RedisConfig = NonNullable<PluginConfig['redis']>;
export type ModelConfig = NonNullable<PluginConfig['model']>;

/** Configurations that were read, by their texts: Botkube sends the same few with every command. */
const read = new Map<string, PluginConfig>();
const MOST_KEPT = 8;

/**
 * Merges raw YAML configurations in order (later wins, maps deep, lists replaced) and checks the result. Throws
 * `CONFIG_INVALID` with the path of the wrong key. The result is shared: nobody changes it.
 */
export function readConfig(raw: readonly string[]): Readonly<PluginConfig> {
    const texts = JSON.stringify(raw);
    const known = read.get(texts);
    if (known) return known;
    const merged = raw.map(readYaml).reduce(merge, {});
    const checked = pluginConfig.safeParse(merged);
    if (!checked.success) throw wrong(checked.error.issues[0]);
    if (read.size >= MOST_KEPT) read.clear();
    read.set(texts, checked.data);
    return checked.data;
}

/** Draft-07 JSON schema of what an operator writes. */
export function configJsonSchema(): object {
    return z.toJSONSchema(pluginConfig, { target: 'draft-07', io: 'input' });
}

function readYaml(text: string, index: number): unknown {
    const place = `configuration ${index + 1} of the fix executor`;
    let value: unknown;
    try {
        value = parseYaml(text) ?? {};
    } catch (thrown) {
        const reason = thrown instanceof Error ? thrown.message.split('\n')[0] : String(thrown);
        throw new FixError('CONFIG_INVALID', `The ${place} is no YAML: ${reason}`, { cause: thrown });
    }
    if (isMap(value)) return value;
    throw new FixError('CONFIG_INVALID', `The ${place} must be a map of keys, such as redis: {host: …}.`);
}

function merge(earlier: unknown, later: unknown): unknown {
    if (!isMap(earlier) || !isMap(later)) return later;
    const merged = new Map(Object.entries(earlier));
    for (const [key, value] of Object.entries(later))
        merged.set(key, merged.has(key) ? merge(merged.get(key), value) : value);
    return Object.fromEntries(merged);
}

function isMap(value: unknown): value is object {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrong(issue: z.core.$ZodIssue | undefined): FixError {
    const path = (issue?.path ?? []).map(String);
    if (issue?.code === 'unrecognized_keys') {
        const typed = issue.keys[0] ?? '';
        const known = keysAt(path);
        const near = nearest(typed, known);
        return new FixError('CONFIG_INVALID', `The configuration has an unknown key ${[...path, typed].join('.')}.`, {
            field: [...path, typed].join('.'),
            cure: near === undefined ? `Known here: ${known.join(', ')}.` : `Did you mean ${near}?`,
        });
    }
    const field = path.join('.') || 'config';
    return new FixError(
        'CONFIG_INVALID',
        `The configuration is wrong at ${field}: ${issue?.message ?? 'unreadable'}.`,
        { field },
    );
}

/** The keys that may stand at a place of the configuration. */
function keysAt(path: readonly string[]): string[] {
    const maps: Record<string, z.ZodObject> = {
        '': pluginConfig,
        redis,
        prometheus: server,
        alertmanager: server,
        model,
        'model.budgets': budgets,
    };
    return Object.keys(maps[path.join('.')]?.shape ?? {});
}
