/** One alert as Alertmanager writes it. */
export interface SentAlert {
    status: 'firing' | 'resolved';
    labels: Record<string, string>;
    annotations: Record<string, string>;
    startsAt: string;
    endsAt: string;
    generatorURL: string;
    fingerprint: string;
}

/** A firing alert about a full disk; `parts` replaces members. */
export function anAlert(parts: Partial<SentAlert> = {}): SentAlert {
    return {
        status: 'firing',
        labels: { alertname: 'DiskFilling', instance: 'web-1', severity: 'critical' },
        annotations: { summary: 'The disk of web-1 is filling.' },
        startsAt: '2026-01-01T00:00:00Z',
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: 'http://prometheus:9090/graph',
        fingerprint: '0123456789abcdef',
        ...parts,
    };
}

/** The same alert on another host, with a fingerprint of its own. */
export function alertOn(host: string, parts: Partial<SentAlert> = {}): SentAlert {
    const fingerprint = Buffer.from(host).toString('hex').padEnd(16, '0').slice(-16);
    return anAlert({
        labels: { alertname: 'DiskFilling', instance: host, severity: 'critical' },
        fingerprint,
        ...parts,
    });
}

/** A webhook body of version 4 with one firing alert; `parts` replaces members. */
export function aPayload(parts: Record<string, unknown> = {}): Record<string, unknown> {
    return {
        version: '4',
        receiver: 'node-red',
        status: 'firing',
        groupKey: '{}:{alertname="DiskFilling"}',
        groupLabels: { alertname: 'DiskFilling' },
        commonLabels: {},
        commonAnnotations: {},
        externalURL: 'http://am:9093',
        truncatedAlerts: 0,
        alerts: [anAlert()],
        ...parts,
    };
}
