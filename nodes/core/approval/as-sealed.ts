import type { Alert, Incident } from '../model/incident';
import type { Plan, PlanAbout, PlannedAlert, Seal } from '../model/plan';
import { diagnosisDigest, digestOf } from '../signing/provenance';
import { canonicalJson, hasDigest } from '../text/json';

/**
 * All that a card says of an incident above the buttons, beside the plan itself: what a plan takes into its seal. What
 * is long and does not change while a plan waits is there as a digest.
 */
export function aboutOf(incident: Incident): PlanAbout {
    const { severity, cluster, team, labels, openedAt, previous, digest, requestedBy, diagnosis, similar } = incident;
    return {
        severity,
        cluster,
        team,
        labels,
        openedAt,
        ...(previous === undefined ? {} : { previous }),
        ...(digest === undefined ? {} : { storm: digest }),
        ...(requestedBy === undefined ? {} : { requestedBy }),
        diagnosis: diagnosis ? diagnosisDigest(diagnosis) : '',
        similar: digestOf(similar ?? []),
    };
}

/** An alert as a plan keeps it: all of it that a card shows, and all that decides. */
export function plannedAlert({ fingerprint, startsAt, labels, annotations }: Alert): PlannedAlert {
    return { fingerprint, startsAt, labels, annotations };
}

/**
 * The incident as its plan was made for it, for cards: alerts of the plan with the texts, labels and times that are
 * sealed, in their order, then those that the plan does not cover; only whether they fire is from now. Without a plan,
 * or with one of an earlier version, the incident as it is.
 */
export function asSealed(incident: Incident): Incident {
    const { plan } = incident;
    if (!plan?.about) return incident;
    const { storm, previous, requestedBy, diagnosis: _diagnosis, similar: _similar, ...members } = plan.about;
    const { previous: _previous, digest: _storm, requestedBy: _requestedBy, ...rest } = incident;
    return {
        ...rest,
        ...members,
        ...(previous === undefined ? {} : { previous }),
        ...(storm === undefined ? {} : { digest: storm }),
        ...(requestedBy === undefined ? {} : { requestedBy }),
        alerts: [...plan.alerts.map((alert) => sealedAlert(alert, incident)), ...uncoveredAlerts(incident)],
    };
}

function sealedAlert({ fingerprint, startsAt, labels, annotations = {} }: PlannedAlert, { alerts }: Incident): Alert {
    const now = alerts.find((alert) => alert.fingerprint === fingerprint);
    const { status = 'resolved', endsAt, generatorURL } = now ?? {};
    return {
        fingerprint,
        status,
        labels,
        annotations,
        startsAt,
        ...(endsAt === undefined ? {} : { endsAt }),
        ...(generatorURL === undefined ? {} : { generatorURL }),
    };
}

/** Alerts of the incident that its plan is not for: other ones, or ones that came since. */
export function uncoveredAlerts({ alerts, plan }: Incident): Alert[] {
    if (!plan?.about) return [];
    const covered = new Set(plan.alerts.map(({ fingerprint }) => fingerprint));
    return alerts.filter(({ fingerprint }) => !covered.has(fingerprint));
}

/**
 * What a card shows and the plan of the incident was not made from, as the beginning of a sentence; undefined when all
 * is as it was. New alerts, changed texts and ends of alerts are no difference: cards show what is sealed.
 */
export function alteredSincePlan({ id, plan, diagnosis, similar, requestedBy, alerts }: Incident): string | undefined {
    if (!plan) return undefined;
    const { about } = plan;
    if (!about) return `The plan of ${id} is of an earlier version, which did not seal all that its card shows`;
    if ((diagnosis ? diagnosisDigest(diagnosis) : '') !== about.diagnosis) return `The diagnosis of ${id} was changed`;
    if (digestOf(similar ?? []) !== about.similar) return `The similar incidents of ${id} were changed`;
    if (!isSame(requestedBy, about.requestedBy)) return `Who asked for the fix of ${id} was changed`;
    const altered = plan.alerts.find((planned) =>
        alerts.some((alert) => alert.fingerprint === planned.fingerprint && !isSame(alert.labels, planned.labels)),
    );
    return altered && `The labels of the alert ${altered.fingerprint} of ${id} were changed`;
}

/**
 * May the card of this incident offer its plan for a decision? Not when the plan, or anything else above the buttons,
 * differs from what was sealed. Who signed it is asked at the decision.
 */
export function isShownAsSealed(incident: Incident, plan: Plan, seal: Seal): boolean {
    return alteredSincePlan({ ...incident, plan }) === undefined && hasDigest(plan, seal.digest);
}

function isSame(one: unknown, other: unknown): boolean {
    return canonicalJson(one ?? null) === canonicalJson(other ?? null);
}
