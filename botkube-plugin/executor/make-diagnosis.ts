import { personOf } from '../../nodes/core/approval/refusals';
import { diagnose } from '../../nodes/core/diagnosis/diagnose';
import { DIAGNOSABLE, endingDiagnosis, startingDiagnosis } from '../../nodes/core/diagnosis/transitions';
import { FixError } from '../../nodes/core/errors';
import { newNonce } from '../../nodes/core/incident/id';
import { open } from '../../nodes/core/intake/open';
import { parsePayload } from '../../nodes/core/intake/payload';
import type { Memory } from '../../nodes/core/memory/port';
import { likenessOf } from '../../nodes/core/memory/record';
import type { Diagnosis } from '../../nodes/core/model/diagnosis';
import type { Identity } from '../../nodes/core/model/identity';
import type { Incident } from '../../nodes/core/model/incident';
import type { SimilarIncident } from '../../nodes/core/model/memory';
import type { NewTimelineEntry } from '../../nodes/core/model/timeline';
import type { KeyRing } from '../../nodes/core/signing/keys';
import { signDiagnosis } from '../../nodes/core/signing/provenance';
import { hold } from '../../nodes/core/store/hold';
import type { Incidents, Transition } from '../../nodes/core/store/incidents';
import { canonicalJson, sha256 } from '../../nodes/core/text/json';
import type { Parts } from './parts';
import type { ToldAlert } from './wanted';

const BY = 'node:botkube-plugin';
const LEASE_MS = 30_000;
const LOOK_AGAIN_MS = 500;
const MOST_SIMILAR = 3;
/** Past incidents of an alert name that the model is shown when it asks. */
const MOST_PAST = 5;

/**
 * Diagnoses an incident of the store and records it there. One that has a diagnosis keeps it unless `again`; one that
 * is being diagnosed elsewhere (a flow, another plugin) is waited for. A flow that went on meanwhile is not disturbed. `by`: who asked, if anybody is attested.
 */
export async function diagnoseIncident(
    incident: Incident,
    again: boolean,
    parts: Parts,
    signal: AbortSignal,
    by?: Identity,
): Promise<Incident> {
    if (incident.diagnosis && !again) return incident;
    return parts.diagnosing.run(`incident ${incident.id}`, signal, async (stop) => {
        const incidents = await parts.incidents();
        const lease = { name: `botkube-diagnose:${incident.id}`, owner: `botkube:${newNonce()}`, ttlMs: LEASE_MS };
        const held = await hold(
            incidents.store.leases,
            lease,
            () => diagnoseAlone(incidents, { incident, again, by }, parts, stop),
            { everyMs: LOOK_AGAIN_MS, signal: stop, besides: `diagnose:${incident.id}` },
        );
        if (held) return held.result;
        throw stop.reason;
    });
}

/**
 * What an event of an action is known by. Its second run may find what the first did not: Alertmanager knows the alert
 * now, with a start of its own, or a flow has opened an incident.
 */
export function keyOfEvent({ labels, startsAt }: ToldAlert): string {
    return `event ${sha256(canonicalJson([labels, startsAt]))}`;
}

/** True when the diagnosis of this key is being made, or was made lately. */
export function isDiagnosed(key: string, parts: Parts): boolean {
    return parts.diagnosing.has(key) || parts.recent.get(key, parts.clock()) !== undefined;
}

/**
 * Diagnoses alerts that are in no store. The same alert, firing since the same moment, or the same event (`eventKey`),
 * is diagnosed once.
 */
export async function diagnoseAlerts(
    told: readonly ToldAlert[],
    again: boolean,
    parts: Parts,
    signal: AbortSignal,
    eventKey?: string,
): Promise<Incident> {
    const incident = await incidentOf(told, parts);
    const alertsKey = sha256(
        canonicalJson(incident.alerts.map(({ fingerprint, startsAt }) => [fingerprint, startsAt]).sort()),
    );
    const key = eventKey ?? alertsKey;
    const known = again
        ? undefined
        : (parts.recent.get(key, parts.clock()) ?? parts.recent.get(alertsKey, parts.clock()));
    if (known) return known;
    return parts.diagnosing.run(key, signal, async (stop) => {
        const memory = parts.hasStore ? await parts.memory().catch(() => undefined) : undefined;
        const like = { ...incident, similar: await similarOf(incident, memory) };
        const diagnosis = await conclude(like, parts, memory, stop);
        const diagnosed = endingDiagnosis(diagnosis)(like, parts.clock()).incident;
        for (const name of new Set([key, alertsKey])) parts.recent.set(name, diagnosed, parts.clock());
        return diagnosed;
    });
}

interface Asked {
    incident: Incident;
    again: boolean;
    by: Identity | undefined;
}

async function diagnoseAlone(
    incidents: Incidents,
    { incident: asked, again, by }: Asked,
    parts: Parts,
    stop: AbortSignal,
): Promise<Incident> {
    const { incident: now } = await incidents.get(asked.id);
    if (now.diagnosis && (!again || now.diagnosis.at !== asked.diagnosis?.at)) return now;
    if (!DIAGNOSABLE.includes(now.stage) || (now.stage === 'diagnosed' && now.flow.state === 'working')) {
        throw new FixError('STAGE_WRONG', `Incident ${now.id} is ${now.stage}; it is not diagnosed again now.`, {
            cure: 'Wait until the fix has ended or was refused.',
        });
    }
    const begun = await incidents.change(now.id, byPlugin(startingDiagnosis));
    const memory = await parts.memory();
    const similar = begun.similar ?? (await similarOf(begun, memory));
    const diagnosis = signed(now.id, await conclude({ ...begun, similar }, parts, memory, stop), parts);
    const ending = askedBy(by, byPlugin(endingDiagnosis(diagnosis)));
    const after = await incidents.change(now.id, (incident, at) =>
        isUntouched(incident, begun) ? ending(incident, at) : { incident, entries: [] },
    );
    return after.diagnosis ? after : { ...after, diagnosis };
}

/** Without usable signing keys it informs, and no flow plans a fix from it. */
function signed(incidentId: string, diagnosis: Diagnosis, parts: Parts): Diagnosis {
    let keys: KeyRing;
    try {
        keys = parts.keys();
    } catch {
        return diagnosis;
    }
    return signDiagnosis(keys, incidentId, diagnosis);
}

async function conclude(
    incident: Incident,
    parts: Parts,
    memory: Memory | undefined,
    signal: AbortSignal,
): Promise<Diagnosis> {
    return diagnose({
        incident,
        runbooks: parts.library().runbooks(),
        metrics: parts.metrics(),
        alerts: alertsOf(parts),
        provider: parts.provider(),
        ...(memory ? { pastIncidents: (alertname: string) => memory.ofAlert(alertname, MOST_PAST) } : {}),
        signal,
        clock: parts.clock,
    });
}

/** For evidence only: an Alertmanager that cannot even be asked is left out. */
function alertsOf(parts: Parts): ReturnType<Parts['alerts']> {
    try {
        return parts.alerts();
    } catch {
        return undefined;
    }
}

/** A memory that cannot be reached is no reason to give no diagnosis. */
async function similarOf(incident: Incident, memory: Memory | undefined): Promise<SimilarIncident[]> {
    return (await memory?.similar(likenessOf(incident), MOST_SIMILAR).catch(() => [])) ?? [];
}

function isUntouched(incident: Incident, begun: Incident): boolean {
    return (
        incident.stage === begun.stage &&
        incident.diagnosis?.at === begun.diagnosis?.at &&
        canonicalJson(incident.flow) === canonicalJson(begun.flow)
    );
}

/** The transition, with who asked for what comes of it. */
function askedBy(by: Identity | undefined, transition: Transition): Transition {
    if (by === undefined) return transition;
    return (incident, now) => {
        const change = transition(incident, now);
        if (change.entries.length === 0) return change;
        const asked: NewTimelineEntry = {
            type: 'diagnosis.started',
            by,
            text: `${personOf(by)} asked for this diagnosis through Botkube.`,
        };
        return { incident: { ...change.incident, requestedBy: by }, entries: [asked, ...change.entries] };
    };
}

/** The transition, with the plugin as who made it. */
function byPlugin(transition: Transition): Transition {
    return (incident, now) => {
        const change = transition(incident, now);
        return { ...change, entries: change.entries.map((entry) => ({ ...entry, by: BY })) };
    };
}

/**
 * Alerts as one incident that is in no store: cleaned and bounded as at the webhook. Its id is the first fingerprint.
 */
async function incidentOf(told: readonly ToldAlert[], parts: Parts): Promise<Incident> {
    const { alerts, receiver, dialect } = await parsePayload({
        version: '4',
        receiver: 'botkube',
        status: 'firing',
        groupKey: 'botkube',
        alerts: told.map((alert) => ({ ...alert, status: 'firing' })),
    });
    const names = { severity: 'severity', cluster: 'cluster', team: 'team', clusterName: parts.config.clusterName };
    const { incident } = open(
        {
            id: alerts[0]?.fingerprint ?? '',
            groupKey: 'botkube',
            alerts,
            truncated: 0,
            source: { node: 'botkube-plugin', dialect, receiver },
            flow: { node: 'botkube-plugin', state: 'sent', instance: 'botkube' },
        },
        parts.clock(),
        names,
    );
    const since = alerts.map(({ startsAt }) => startsAt).sort()[0];
    return { ...incident, openedAt: since ?? incident.openedAt };
}
