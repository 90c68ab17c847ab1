import { newIncidentId } from '../../nodes/core/incident/id';
import type { Incident } from '../../nodes/core/model/incident';
import type { Stage } from '../../nodes/core/model/stage';
import { chain, type NewTimelineEntry } from '../../nodes/core/model/timeline';
import type { Commit, StoredIncident } from '../../nodes/core/store/port';

/** A whole incident about a full disk; `parts` replaces members. */
export function anIncident(parts: Partial<Incident> = {}): Incident {
    const labels = { alertname: 'DiskFilling', host: 'web-1', job: 'node', severity: 'critical' };
    return {
        id: newIncidentId(),
        stage: 'open',
        severity: 'critical',
        cluster: 'main',
        team: 'ops',
        labels,
        alerts: [
            {
                fingerprint: '0123456789abcdef',
                status: 'firing',
                labels,
                annotations: { summary: 'The disk of web-1 is filling.' },
                startsAt: '2026-01-01T00:00:00.000Z',
            },
        ],
        groupKey: '{}:{alertname="DiskFilling"}',
        openedAt: '2026-01-01T00:00:00.000Z',
        updatedAt: '2026-01-01T00:00:00.000Z',
        source: { node: 'alert-in-1', dialect: 'alertmanager', receiver: 'node-red' },
        flow: { node: 'alert-in-1', state: 'sent', port: 0, instance: 'test' },
        ...parts,
    };
}

const OPENED: NewTimelineEntry = { type: 'incident.opened', by: 'node:alert-in', text: 'Opened.' };

/** The first commit of an incident. */
export function opening(incident: Incident): Commit {
    const entries = chain(incident.id, { seq: 0, hash: '' }, incident.updatedAt, [OPENED]);
    return { expectedVersion: 0, incident, entries };
}

/** A commit on top of what is stored: another stage, one more line. */
export function moving(stored: StoredIncident, stage: Stage, updatedAt: string, text = `Now ${stage}.`): Commit {
    const { incident, version, head } = stored;
    const entries = chain(incident.id, { seq: version, hash: head }, updatedAt, [
        { type: 'diagnosis.made', by: 'node:llm-diagnose', text },
    ]);
    return { expectedVersion: version, incident: { ...incident, stage, updatedAt }, entries };
}
