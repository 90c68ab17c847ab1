import type { Alert, Incident } from '../../nodes/core/incident/incident';
import { newIncidentId } from '../../nodes/core/incident/id';

/** A firing alert of a full disk, with what the test cares about. */
export function anAlert(wanted: Partial<Alert> = {}): Alert {
    return {
        fingerprint: '00000000000000a1',
        status: 'firing',
        labels: { alertname: 'DiskFilling', severity: 'warning', host: 'web-1', instance: 'web-1:9100' },
        annotations: { summary: 'The disk of web-1 is filling up.' },
        startsAt: '2026-01-01T00:00:00.000Z',
        ...wanted,
    };
}

/** An open incident of one alert, with what the test cares about. */
export function anIncident(wanted: Partial<Incident> = {}): Incident {
    const alerts = wanted.alerts ?? [anAlert()];
    const openedAt = wanted.openedAt ?? '2026-01-01T00:00:00.000Z';
    return {
        id: newIncidentId(),
        stage: 'open',
        severity: 'warning',
        cluster: 'main',
        team: 'shop',
        labels: alerts[0]?.labels ?? {},
        groupKey: 'group-1',
        openedAt,
        updatedAt: openedAt,
        source: { node: 'alert-in', dialect: 'alertmanager', receiver: 'ops' },
        flow: { node: 'alert-in', state: 'sent', port: 0, instance: 'test' },
        ...wanted,
        alerts,
    };
}
