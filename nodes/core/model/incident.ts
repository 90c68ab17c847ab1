import type { Approval } from './approval';
import type { Diagnosis } from './diagnosis';
import type { Identity } from './identity';
import type { SimilarIncident } from './memory';
import type { Draft, Plan, Seal } from './plan';
import type { Run } from './run';
import type { Stage } from './stage';
import type { Verification } from './verification';

/** One Alertmanager alert. Times are ISO 8601; `endsAt` is absent while the alert fires. */
export interface Alert {
    /** 16 hex digits over the full label set, as Alertmanager gives it. */
    fingerprint: string;
    status: 'firing' | 'resolved';
    labels: Record<string, string>;
    annotations: Record<string, string>;
    startsAt: string;
    endsAt?: string;
    generatorURL?: string;
}

/** Who sent the alerts, and which `alert-in` node took them. */
export interface IncidentSource {
    node: string;
    dialect: 'alertmanager' | 'grafana';
    receiver: string;
    externalURL?: string;
}

/**
 * Where the incident is on its way through the flow, so that a restart can carry it on.
 * `working`: the node has begun its step. `sent`: the node has put it on an output.
 * `held`: nothing happens before `until`.
 */
export interface FlowPosition {
    node: string;
    state: 'working' | 'sent' | 'held';
    /** The output, from 0, of a position that is `sent`. Incidents are stored with this name. */
    port?: number;
    until?: string;
    /** The Node-RED process that wrote this, see `runtime/instance.ts`. */
    instance: string;
}

/** Reference to a posted card, so that it can be updated in place and answered in its thread. */
export interface CardReference {
    channel: string;
    message: string;
    postedAt: string;
    /** Digest of the state the posted card shows, see `core/chat/keep-card.ts`. */
    shown?: string;
    /** The newest timeline entry that the chat has been given, as lines in the thread or as news. */
    threaded?: number;
    /** What became of each attachment, by its key: sent at most once. */
    attachments?: Record<string, AttachmentState>;
    /** How earlier versions noted the one attachment they knew: the whole dry run of the plan with this nonce. */
    file?: { nonce: string; state: AttachmentState };
}

/** Written before the attempt (`sending`), and after it. */
export type AttachmentState = 'sending' | 'sent' | 'failed';

/**
 * What flows. Plain JSON; the copy on `msg.incident` is informative, the store's is the truth.
 * Never holds a secret.
 */
export interface Incident {
    /** `inc-` and 8 characters of Crockford's base 32. */
    id: string;
    stage: Stage;
    severity: string;
    cluster: string;
    team: string;
    /** Labels that all alerts share. */
    labels: Record<string, string>;
    alerts: Alert[];
    groupKey: string;
    openedAt: string;
    updatedAt: string;
    /** When the stage was entered; written by `Incidents`. */
    stageSince?: string;
    /** When the last firing alert resolved; absent while one fires. */
    resolvedAt?: string;
    closedAt?: string;
    /** When the sender last told something that was written down; tells a reminder from a duplicate. */
    notifiedAt?: string;
    source: IncidentSource;
    flow: FlowPosition;
    /** The incident of the same group before this one, when the alert fired again. */
    previous?: string;
    /** A storm's digest: alerts above the storm limit are folded in here. */
    digest?: boolean;
    similar?: SimilarIncident[];
    diagnosis?: Diagnosis;
    plan?: Plan;
    /** The signature of the dry run that made the plan. */
    draft?: Draft;
    seal?: Seal;
    approval?: Approval;
    run?: Run;
    verification?: Verification;
    /** The person who asked for this fix by hand; absent when the flow proposed it. */
    requestedBy?: Identity;
    /** Why the incident left the straight way (inconclusive, refused, failed, unknown): one sentence. */
    reason?: string;
    /** Posted cards by the id of the chat-channel node. */
    thread?: Record<string, CardReference>;
}

/** Alerts of the incident that still fire. */
export function firingAlerts(incident: Incident): Alert[] {
    return incident.alerts.filter((alert) => alert.status === 'firing');
}

/** `alertname` of the incident, or of its first alert. */
export function alertName(incident: Incident): string {
    return incident.labels.alertname ?? incident.alerts[0]?.labels.alertname ?? 'alert';
}

/** Who did something: a person, or a part of this system such as `node:llm-diagnose`. */
export type Actor = Identity | `node:${string}`;
