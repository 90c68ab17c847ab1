import { alertOn, aPayload } from '../support/alertmanager-payload';

/**
 * Alertmanager's webhook body with `count` firing alerts, each of the size that a usual rule gives. `key` goes into
 * the group key, the labels and the fingerprints: `%ID%` for other ones in each request, else 12 hex digits.
 */
export function webhookBody(count: number, key: string, status: 'firing' | 'resolved' = 'firing'): string {
    const alerts = Array.from({ length: count }, (_, index) =>
        alertOn(`web-${index}`, {
            labels: {
                alertname: 'BenchUnknown',
                instance: `web-${index}.${key}.example.org:9100`,
                job: 'node',
                severity: 'warning',
                cluster: 'main',
                team: 'platform',
                mountpoint: '/var/lib/data',
            },
            annotations: {
                summary: `Something that no runbook knows happens on web-${index}.${key}.`,
                description: `It has happened on web-${index}.${key} for more than ten minutes, and nobody has looked at it so far.`,
            },
            ...(status === 'resolved' ? { status, endsAt: new Date().toISOString() } : {}),
            fingerprint: `${key}${index.toString(16).padStart(4, '0')}`,
        }),
    );
    return JSON.stringify(aPayload({ groupKey: `{}:{alertname="BenchUnknown",id="${key}"}`, status, alerts }));
}

/** The same bodies again and again, one for each of so many groups. */
export function repeatedBodies(count: number, groups: number): string[] {
    return Array.from({ length: groups }, (_, index) => webhookBody(count, `f${index.toString(16).padStart(11, '0')}`));
}
