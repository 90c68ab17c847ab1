import { chatDeclarations } from '../../nodes/adapters/chats';
/**
 * One flow with every node and config node of this package, each kind of it, with a value in each field that differs
 * from the default. `SECRET` is in every credential.
 */
export const SECRET = 'secret-that-must-not-leak-0123456789';

const STORE = {
    type: 'incident-store',
    name: 'my store',
    kind: 'embedded',
    path: 'my-incidents',
    mode: 'standalone',
    host: '127.0.0.2',
    port: '6380',
    nodes: '127.0.0.1:26379',
    sentinelName: 'primary',
    db: '3',
    username: 'incidents',
    namespace: 'mine',
    useTls: false,
    tls: '',
    retentionDays: '30',
    demoOperator: true,
};
const ALERT_IN = {
    type: 'alert-in',
    z: 'tab',
    name: 'my alerts',
    store: 'store',
    prometheus: 'prometheus',
    path: '/mine',
    auth: 'none',
    signatureHeader: 'X-Signed',
    timestampHeader: 'X-At',
    timestampWindow: '60',
    bodyLimit: '512',
    cluster: 'eu-1',
    grouping: 'labels',
    groupLabels: 'alertname, host',
    cooldown: '90',
    stormLimit: '10',
    severityLabel: 'level',
    clusterLabel: 'region',
    teamLabel: 'owner',
    wires: [[], [], []],
};
const ANSIBLE = {
    type: 'ansible-exec',
    z: 'tab',
    name: 'my run',
    store: 'store',
    library: 'library',
    prometheus: 'prometheus',
    program: '/opt/ansible/ansible-playbook',
    timeout: '300',
    forks: '9',
    concurrency: '3',
    wires: [[], [], []],
};
const SERVER = {
    type: 'prometheus-server',
    name: 'my metrics',
    url: 'http://127.0.0.1:9091',
    alertmanagerUrl: 'http://127.0.0.1:9094',
    timeout: '20',
};
const PROVIDER = {
    type: 'llm-provider',
    name: 'my model',
    vendor: 'ollama',
    model: 'qwen3:8b',
    url: 'http://127.0.0.1:11435',
    timeout: '30',
    retries: '2',
    numCtx: '32768',
    keepAlive: '1h',
    calls: '4',
    tokens: '50000',
    deadline: '100',
    credentials: { apiKey: SECRET },
};
/** Every plain field of every chat platform: a saved dialog holds them all. */
const EMPTY_CHAT_FIELDS = Object.fromEntries(
    chatDeclarations().flatMap(({ fields }) => fields.filter(({ secret }) => !secret).map(({ name }) => [name, ''])),
);
const CHANNEL = {
    ...EMPTY_CHAT_FIELDS,
    type: 'chat-channel',
    name: 'my chat',
    platform: 'slack',
    language: 'zh-CN',
    store: 'store',
    channel: 'C0MINE',
    pageUrl: 'https://ops.example.org',
    // Nothing listens there, so that no test reaches for the real Slack.
    apiUrl: 'http://127.0.0.1:9/api/',
    credentials: { botToken: SECRET, appToken: SECRET },
};
const GATE = {
    type: 'approval-gate',
    z: 'tab',
    name: 'my gate',
    store: 'store',
    library: 'library',
    expiryMinutes: '45',
    escalateMinutes: '5',
    chat: 'slack',
    wires: [[], [], []],
    groups: [{ name: 'sre', members: 'page:alice, page:bob' }],
    people: 'alice = page:alice, slack:T012ABC/U345DEF',
    rules: [
        { name: 'Development', match: 'env="dev"', risks: ['low', 'medium'], decision: 'automatic', approvers: '' },
        {
            name: 'At night',
            match: '',
            risks: ['low'],
            decision: 'two',
            approvers: 'group:sre, slack:T012ABC/U345DEF',
            window: { days: [1, 6, 0], from: '22:00', to: '06:00', timeZone: 'Asia/Shanghai' },
        },
        {
            name: 'Else',
            match: 'severity=~"warning|info"',
            risks: ['low', 'medium', 'high'],
            decision: 'one',
            approvers: 'page:alice',
        },
    ],
};

type FixtureNode = { id: string; type: string; credentials?: Record<string, string> } & Record<string, unknown>;

const SETTINGS: FixtureNode[] = [
    { id: 'tls', ...{ type: 'tls-config', name: 'my tls', cert: '', key: '', ca: '', verifyservercert: true } },
    { id: 'store', ...STORE },
    {
        id: 'store-redis',
        ...STORE,
        kind: 'redis',
        useTls: true,
        tls: 'tls',
        credentials: { password: SECRET, signingKeys: SECRET },
    },
    { id: 'store-sentinel', ...STORE, kind: 'redis', mode: 'sentinel', credentials: { sentinelPassword: SECRET } },
    { id: 'store-cluster', ...STORE, kind: 'redis', mode: 'cluster', nodes: '10.0.0.1:6379\n10.0.0.2:6379' },
    {
        id: 'library',
        type: 'runbook-library',
        name: 'my runbooks',
        source: 'starter',
        folder: '',
        inventory: 'hosts.ini',
    },
    {
        id: 'library-folder',
        type: 'runbook-library',
        name: 'own runbooks',
        source: 'folder',
        folder: '/srv/none',
        inventory: 'hosts.ini',
    },
    { id: 'prometheus', ...SERVER, auth: 'bearer', credentials: { token: SECRET } },
    { id: 'prometheus-basic', ...SERVER, auth: 'basic', credentials: { user: 'me', password: SECRET } },
    { id: 'provider', ...PROVIDER },
    { id: 'provider-openai', ...PROVIDER, vendor: 'openai', model: 'gpt-5-mini', url: 'https://llm.example.org/v1' },
    { id: 'slack', ...CHANNEL },
    {
        ...EMPTY_CHAT_FIELDS,
        id: 'page',
        type: 'chat-channel',
        name: 'my page',
        platform: 'page',
        language: 'en-US',
        store: '',
        pageUrl: '',
    },
    { id: 'in', ...ALERT_IN },
    { id: 'in-bearer', ...ALERT_IN, path: '/bearer', auth: 'bearer', credentials: { token: SECRET } },
    { id: 'in-basic', ...ALERT_IN, path: '/basic', auth: 'basic', credentials: { user: 'me', password: SECRET } },
    {
        id: 'in-hmac',
        ...ALERT_IN,
        path: '/hmac',
        auth: 'hmac',
        grouping: 'fingerprint',
        credentials: { secret: SECRET },
    },
    {
        id: 'recall',
        type: 'redis-memory',
        z: 'tab',
        name: 'my memory',
        store: 'store',
        mode: 'recall',
        limit: '7',
        wires: [[]],
    },
    {
        id: 'remember',
        type: 'redis-memory',
        z: 'tab',
        name: 'my memory',
        store: 'store',
        mode: 'remember',
        limit: '7',
        wires: [[]],
    },
    {
        id: 'diagnose',
        type: 'llm-diagnose',
        z: 'tab',
        name: 'my diagnosis',
        store: 'store',
        library: 'library',
        prometheus: 'prometheus',
        provider: 'provider',
        concurrency: '4',
        wires: [[], []],
    },
    { id: 'dry-run', ...ANSIBLE, mode: 'dry-run' },
    { id: 'run', ...ANSIBLE, mode: 'run' },
    { id: 'gate', ...GATE },
    {
        id: 'card',
        type: 'chat-out',
        z: 'tab',
        name: 'my card',
        chat: 'slack',
        store: 'store',
        target: 'chat.channel',
        targetType: 'msg',
        wires: [[]],
    },
];

const NODES: FixtureNode[] = SETTINGS.map((node) => (node.type === 'tls-config' ? node : { ...node, version: 1 }));

/** Ids of all nodes whose dialogs are looked at. */
export const DIALOGS = NODES.map(({ id }) => id).filter((id) => id !== 'tls');

/** Ids of those with credentials, and the names of the credentials. */
export const CREDENTIALS = NODES.flatMap(({ id, credentials }): [string, string[]][] =>
    credentials ? [[id, Object.keys(credentials).filter((name) => credentials[name] === SECRET)]] : [],
);

/** The flow, with positions. */
export const everyDialog: object[] = [
    { id: 'tab', type: 'tab', label: 'every dialog' },
    ...NODES.map((node, index) =>
        'z' in node ? { ...node, x: 160 + (index % 4) * 220, y: 80 + Math.floor(index / 4) * 80 } : node,
    ),
];

/**
 * What a person meets who forgot something: node properties, and the sentence that the invalid marker then says, in
 * English and Chinese.
 */
export const MISTAKES: { type: string; properties: Record<string, unknown>; english: RegExp; chinese: RegExp }[] = [
    ...['alert-in', 'redis-memory', 'llm-diagnose', 'ansible-exec', 'approval-gate', 'chat-out'].map((type) => ({
        type,
        properties: { store: '' },
        english: /Store/,
        chinese: /存储/,
    })),
    { type: 'alert-in', properties: { path: 'x' }, english: /must start with \//, chinese: /必须以 \/ 开头/ },
    {
        type: 'alert-in',
        properties: { cooldown: 'x' },
        english: /Cooldown: enter a number of at least 0/,
        chinese: /冷却时间：请输入不小于 0/,
    },
    {
        type: 'alert-in',
        properties: { grouping: 'labels', groupLabels: '' },
        english: /at least one label/,
        chinese: /至少填写一个标签/,
    },
    { type: 'redis-memory', properties: { limit: '0' }, english: /from 1 to 20/, chinese: /1 到 20/ },
    { type: 'llm-diagnose', properties: { library: '' }, english: /Runbooks/, chinese: /运行手册/ },
    { type: 'llm-diagnose', properties: { concurrency: '0' }, english: /from 1 to 50/, chinese: /1 到 50/ },
    { type: 'ansible-exec', properties: { library: '' }, english: /Runbooks/, chinese: /运行手册/ },
    { type: 'ansible-exec', properties: { timeout: '0' }, english: /whole number of seconds/, chinese: /整数秒/ },
    { type: 'approval-gate', properties: { rules: [] }, english: /Add a rule/, chinese: /请添加规则/ },
    {
        type: 'approval-gate',
        properties: { rules: [{ ...GATE.rules[2], approvers: '' }] },
        english: /Rule "Else": Enter who may approve/,
        chinese: /规则“Else”：请写明谁可以批准/,
    },
    {
        type: 'approval-gate',
        properties: { escalateMinutes: '45' },
        english: /fewer minutes than the expiry/,
        chinese: /小于过期时间/,
    },
    { type: 'chat-out', properties: { chat: '' }, english: /Chat/, chinese: /聊天/ },
    {
        type: 'chat-out',
        properties: { target: '#ops', targetType: 'str' },
        english: /channel ID/,
        chinese: /频道 ID/,
    },
    {
        type: 'incident-store',
        properties: { kind: 'redis', host: '' },
        english: /host of the Redis server/,
        chinese: /Redis 服务器的主机/,
    },
    {
        type: 'incident-store',
        properties: { kind: 'redis', mode: 'cluster', nodes: '' },
        english: /one host:port per line/,
        chinese: /每行输入一个/,
    },
    { type: 'incident-store', properties: { retentionDays: '' }, english: /0 to 36500/, chinese: /0 到 36500/ },
    {
        type: 'runbook-library',
        properties: { source: 'folder', folder: '' },
        english: /folder that contains runbooks/,
        chinese: /包含 runbooks/,
    },
    { type: 'prometheus-server', properties: { url: 'x' }, english: /starts with http/, chinese: /开头的地址/ },
    {
        type: 'prometheus-server',
        properties: { timeout: '' },
        english: /seconds from 1 to 120/,
        chinese: /1 到 120 秒/,
    },
    { type: 'llm-provider', properties: { model: '' }, english: /name of the model/, chinese: /模型名称/ },
    { type: 'llm-provider', properties: { vendor: 'gone' }, english: /Choose a vendor/, chinese: /请选择供应商/ },
    { type: 'llm-provider', properties: { numCtx: '10' }, english: /from 1024 to/, chinese: /1024 到/ },
    { type: 'llm-provider', properties: { keepAlive: 'soon' }, english: /stays loaded/, chinese: /保持加载的时间/ },
    { type: 'llm-provider', properties: { deadline: '' }, english: /Time: enter a number/, chinese: /时间：请输入/ },
    { type: 'chat-channel', properties: { channel: '' }, english: /id of the channel/, chinese: /频道 ID/ },
    { type: 'chat-channel', properties: { store: '' }, english: /incident store/, chinese: /事件存储/ },
];

/** A flow in which each of the {@link MISTAKES} is made, in a node with the id `mistake-<index>`. */
export const mistakes: object[] = [
    { id: 'tab', type: 'tab', label: 'mistakes' },
    ...NODES.filter((node) => !('z' in node)),
    ...MISTAKES.map(({ type, properties }, index) => {
        const good = NODES.find((node) => node.type === type);
        return {
            ...good,
            ...('path' in (good ?? {}) && type === 'alert-in' ? { path: `/mistake-${index}` } : {}),
            credentials: {},
            ...properties,
            id: `mistake-${index}`,
            ...('z' in (good ?? {}) ? { x: 160, y: 40 + index * 40 } : {}),
        };
    }),
];
