import type { Request, Response } from 'express';
import { z } from 'zod';
import { type DecisionRequest, decide } from '../core/approval/decide';
import { isEntitled } from '../core/approval/entitled';
import { notEntitled } from '../core/approval/refusals';
import { auditIncident, type IncidentAudit } from '../core/audit/incident-audit';
import { cardTitle } from '../core/chat/alert-section';
import { buildCard } from '../core/chat/build-card';
import { refusalText } from '../core/chat/refusal';
import { type Language, textsOf } from '../core/chat/texts';
import { FixError, failureText } from '../core/errors';
import { listOpen, needsPerson } from '../core/incident/needs-person';
import type { Identity } from '../core/model/identity';
import type { Incident } from '../core/model/incident';
import { keptPreview } from '../core/remediation/preview';
import type { IncidentStore, ListPlace } from '../core/store/port';
import { clip } from '../core/text/cut';
import { plainLine } from '../core/text/plain-text';
import { whoAsksAgain } from './again';
import { answerError } from './answers';
import { bodyOf, idOf, languageOf, placeOf } from './asked';
import { decider, requirePermission } from './decider';
import type { PageStore } from './stores';

const PAGE_LENGTH = 50;
/** Characters of a reason in the list. */
const MAX_REASON = 240;

const decisionBody = z.object({
    seal: z.string().max(64),
    verdict: z.enum(['approve', 'reject']),
    reason: z.string().max(2_000).optional(),
});

/**
 * Newest incidents first, in short; `?show=open`: those that go on or need a person; `?before=<updatedAt>,<id>` of the
 * last one continues a list.
 */
export async function listIncidents(request: Request, response: Response, store: PageStore): Promise<void> {
    const incidents = await store.service.incidents();
    const before = placeOf(request.query.before);
    const { incidents: listed, more } =
        request.query.show === 'open'
            ? await listOpen(incidents.store, PAGE_LENGTH, before)
            : await listAll(incidents.store, before);
    response.json({ incidents: listed.map((incident) => inShort(incident, languageOf(request))), more });
}

async function listAll(
    store: IncidentStore,
    before: ListPlace | undefined,
): Promise<{ incidents: Incident[]; more: boolean }> {
    const listed = await store.list({ limit: PAGE_LENGTH, ...(before ? { before } : {}) });
    return { incidents: listed.map(({ incident }) => incident), more: listed.length === PAGE_LENGTH };
}

/**
 * One incident: its card in the asked language, its timeline with the state of the chain and its anchor, and whether
 * the asker may decide, or have it diagnosed again.
 */
export async function showIncident(request: Request, response: Response, store: PageStore): Promise<void> {
    const language = languageOf(request);
    const incidents = await store.service.incidents();
    const { incident } = await incidents.get(idOf(request));
    const timeline = await incidents.store.timeline(incident.id);
    const audit = await auditIncident(incidents.store, await store.service.keys().catch(() => undefined), incident.id);
    const card = buildCard(incident, language, incidents.now());
    response.json({
        incident,
        timeline,
        chain: chainOf(audit),
        audit,
        card,
        ...(card.decision ? await whoDecides(request, store, incident, language) : {}),
        again: whoAsksAgain(request, store, incident, language),
    });
}

/** Does each entry hold the hash of the one before, whatever anchors and the record say? */
function chainOf(audit: IncidentAudit): { whole: boolean; brokenAt?: number } {
    const isBroken = audit.state === 'broken' && (audit.fault === 'entry-altered' || audit.fault === 'entry-missing');
    return isBroken ? { whole: false, brokenAt: audit.seq } : { whole: true };
}

/**
 * All that the dry run of the incident's plan showed, as text: redacted, and the very text that the plan's seal covers.
 */
export async function showPreview(request: Request, response: Response, store: PageStore): Promise<void> {
    const incidents = await store.service.incidents();
    const { incident } = await incidents.get(idOf(request));
    const text = await keptPreview(incidents.store.previews, incident);
    if (text === undefined) throw new FixError('INCIDENT_UNKNOWN', 'This incident has no plan whose dry run was kept.');
    response.type('text/plain; charset=utf-8').send(text);
}

/** Records a decision with the same checks as every chat. */
export async function decideIncident(request: Request, response: Response, store: PageStore): Promise<void> {
    const language = languageOf(request);
    const incidentId = idOf(request);
    const by = decider(request, store.security, language);
    const body = bodyOf(request, decisionBody);
    try {
        response.json(await decided(store, { incidentId, by, ...body }));
    } catch (thrown) {
        const now = await (await store.service.incidents()).store.read(incidentId).catch(() => undefined);
        answerError(response, thrown, (error) => refusalText(error, now?.incident, language));
    }
}

/**
 * The kept log of the incident's run, or of its rollback with `?of=rollback`, as text: redacted when it was written.
 */
export async function showLog(request: Request, response: Response, store: PageStore): Promise<void> {
    const { incident } = await (await store.service.incidents()).get(idOf(request));
    const part = request.query.of === 'rollback' ? 'rollback' : 'run';
    const log = incident.run && (await store.service.runs.log(incident.run.id, part));
    if (log === undefined) {
        throw new FixError('INCIDENT_UNKNOWN', 'There is no log of a run on this machine.', {
            cure: 'It is written when the run ends, on the machine that ran it.',
        });
    }
    response.type('text/plain; charset=utf-8').send(log);
}

async function decided({ service }: PageStore, asked: DecisionRequest): Promise<object> {
    const { incident, outcome } = await decide(
        { incidents: await service.incidents(), keys: await service.keys() },
        asked,
    );
    return { outcome, stage: incident.stage };
}

/** Who the asker is for a decision, or why they cannot decide, told before they try. */
async function whoDecides(
    request: Request,
    { security }: PageStore,
    incident: Incident,
    language: Language,
): Promise<{ you?: Identity; refusal?: string }> {
    try {
        requirePermission(request, security, language);
        const you = decider(request, security, language);
        const { terms } = incident.plan ?? {};
        if (terms && !(await isEntitled(you, terms.approvers)))
            return { you, refusal: refusalText(notEntitled(you, terms), incident, language) };
        return { you };
    } catch (thrown) {
        return { refusal: failureText(thrown) };
    }
}

/** `reason`: why an incident that needs a person ended. */
function inShort(incident: Incident, language: Language): object {
    const { id, stage, severity, cluster, team, openedAt, updatedAt, resolvedAt } = incident;
    const summary = incident.alerts[0]?.annotations.summary ?? '';
    const needs = needsPerson(incident);
    const reason = needs && incident.reason ? clip(plainLine(incident.reason), MAX_REASON) : undefined;
    return {
        id,
        stage,
        severity,
        cluster,
        team,
        openedAt,
        updatedAt,
        resolvedAt,
        title: cardTitle(incident, textsOf(language)),
        summary,
        needsPerson: needs,
        reason,
    };
}
