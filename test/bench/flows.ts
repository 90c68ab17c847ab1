/** The incident store of a measurement: embedded below the user directory, or a Redis on 127.0.0.1. */
export function storeNode(redisPort?: number): object {
    return {
        id: 'store',
        type: 'incident-store',
        name: '',
        kind: redisPort === undefined ? 'embedded' : 'redis',
        path: '',
        mode: 'standalone',
        host: '127.0.0.1',
        port: String(redisPort ?? 6379),
        nodes: '',
        sentinelName: '',
        db: '0',
        username: '',
        namespace: 'a2f',
        useTls: false,
        tls: '',
        retentionDays: '90',
        demoOperator: false,
    };
}

/** A webhook with the palette's own settings, but for the storm limit, which would fold the load into one incident. */
export function alertIn(id: string, grouping: 'group' | 'fingerprint', wires: string[] = []): object {
    return {
        id,
        type: 'alert-in',
        z: 'tab',
        name: '',
        store: 'store',
        path: `/${id}`,
        auth: 'none',
        signatureHeader: '',
        timestampHeader: '',
        timestampWindow: '300',
        bodyLimit: '1024',
        cluster: 'main',
        grouping,
        groupLabels: '',
        cooldown: '0',
        stormLimit: '0',
        severityLabel: 'severity',
        clusterLabel: 'cluster',
        teamLabel: 'team',
        x: 1,
        y: 1,
        wires: [wires, [], []],
    };
}

export const tab = { id: 'tab', type: 'tab', label: 'bench', disabled: false, info: '' };

/** The yardstick: a bare `http in` wired to a `http response`, which sends the body back. */
export const bareFlow: readonly object[] = [
    tab,
    {
        id: 'in',
        type: 'http in',
        z: 'tab',
        name: '',
        url: '/bare',
        method: 'post',
        upload: false,
        swaggerDoc: '',
        x: 1,
        y: 1,
        wires: [['out']],
    },
    { id: 'out', type: 'http response', z: 'tab', name: '', statusCode: '', headers: {}, x: 1, y: 1, wires: [] },
];
