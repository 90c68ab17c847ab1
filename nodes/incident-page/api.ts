import { createReadStream, existsSync } from 'node:fs';
import path from 'node:path';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { decide } from '../core/approval/decide';
import { buildCard } from '../core/chat/build-card';
import type { Language } from '../core/chat/texts';
import { asFixError, FixError } from '../core/errors';
import { isEnded, STAGES } from '../core/incident/stage';
import { firstBrokenLink } from '../core/store/timeline';
import type { IncidentStoreService } from '../runtime/services';
import { decider, type PageSecurity } from './decider';

/** A store of the deployed flows, and who may decide on its incidents. */
export interface PageStore {
    id: string;
    name: string;
    service: IncidentStoreService;
    security: PageSecurity;
}

export type FindStore = (id: string | undefined) => PageStore;

const HEARTBEAT_MS = 15_000;
const PAGE_LENGTH = 50;

const decisionBody = z.object({
    seal: z.string().max(64),
    verdict: z.enum(['approve', 'reject']),
    reason: z.string().max(2_000).optional(),
});

/** Newest incidents first; `?show=open` leaves out those that ended, `?before=` continues a list. */
export async function listIncidents(request: Request, response: Response, store: PageStore): Promise<void> {
    const incidents = await store.service.incidents();
    const stages = request.query.show === 'open' ? STAGES.filter((stage) => !isEnded(stage)) : undefined;
    const before = typeof request.query.before === 'string' ? request.query.before : undefined;
    const listed = await incidents.store.list({ limit: PAGE_LENGTH, ...(stages ? { stages } : {}), ...(before ? { before } : {}) });
    response.json({ incidents: listed.map(({ incident }) => incident), more: listed.length === PAGE_LENGTH });
}

/** One incident: its card in the asked language, its timeline with the state of the chain, and whether the asker may decide. */
export async function showIncident(request: Request, response: Response, store: PageStore): Promise<void> {
    const incidents = await store.service.incidents();
    const { incident } = await incidents.get(idOf(request));
    const timeline = await incidents.store.timeline(incident.id);
    const broken = firstBrokenLink(incident.id, timeline);
    response.json({
        incident,
        timeline,
        chain: broken === undefined ? { whole: true } : { whole: false, brokenAt: broken },
        card: buildCard(incident, languageOf(request), incidents.now()),
        refusal: refusalOf(request, store.security),
    });
}

/** Records a decision with the same checks as every chat. */
export async function decideIncident(request: Request, response: Response, store: PageStore): Promise<void> {
    const by = decider(request, store.security);
    const body = decisionBody.safeParse(request.body);
    if (!body.success) {
        const issue = body.error.issues[0];
        throw new FixError('INPUT_INVALID', issue?.message ?? 'The decision is not well formed.', { field: issue?.path.join('.') });
    }
    const parts = { incidents: await store.service.incidents(), keys: await store.service.keys() };
    const { incident, outcome } = await decide(parts, { incidentId: idOf(request), by, ...body.data });
    response.json({ outcome, stage: incident.stage });
}

/** The kept log of the incident's run, as text. */
export async function showLog(request: Request, response: Response, store: PageStore): Promise<void> {
    const { incident } = await (await store.service.incidents()).get(idOf(request));
    const run = incident.run?.id ?? '';
    const file = path.join(store.service.folder, 'runs', run, 'log.txt');
    if (!/^[0-9a-f]{32}$/.test(run) || !existsSync(file)) {
        throw new FixError('INCIDENT_UNKNOWN', 'There is no log of a run on this machine.');
    }
    response.type('text/plain; charset=utf-8');
    createReadStream(file).pipe(response);
}

/** Server-sent events: one line per change of any incident, until the client or the store goes. */
export async function streamChanges(request: Request, response: Response, store: PageStore, closing: AbortSignal): Promise<void> {
    const incidents = await store.service.incidents();
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    response.write(': connected\n\n');
    const stop = incidents.store.watch((notice) => response.write(`data: ${JSON.stringify(notice)}\n\n`));
    const heartbeat = setInterval(() => response.write(': alive\n\n'), HEARTBEAT_MS);
    const end = (): void => {
        clearInterval(heartbeat);
        stop();
        response.end();
    };
    request.on('close', end);
    closing.addEventListener('abort', end, { once: true });
}

/** The error as JSON with the status that fits its code. */
export function answerError(response: Response, thrown: unknown): void {
    const { code, message, field, cure } = asFixError(thrown);
    if (response.headersSent) {
        response.end();
        return;
    }
    response.status(statusOf(code)).json({ error: { code, message, field, cure } });
}

function statusOf(code: FixError['code']): number {
    switch (code) {
        case 'INPUT_INVALID': return 400;
        case 'AUTH_FAILED': case 'NOT_ENTITLED': case 'POLICY_DENIED': return 403;
        case 'INCIDENT_UNKNOWN': case 'CONFIG_MISSING': return 404;
        case 'ALREADY_DECIDED': case 'STAGE_WRONG': case 'PLAN_CHANGED': case 'PLAN_EXPIRED': case 'PLAN_WITHDRAWN': case 'PLAN_SIGNATURE_WRONG': return 409;
        case 'STORE_DOWN': return 503;
        default: return 500;
    }
}

function refusalOf(request: Request, security: PageSecurity): { message: string; cure?: string } | undefined {
    try {
        decider(request, security);
        return undefined;
    } catch (thrown) {
        const { message, cure } = asFixError(thrown);
        return { message, ...(cure === undefined ? {} : { cure }) };
    }
}

function idOf(request: Request): string {
    const { id } = request.params;
    if (id !== undefined && /^inc-[0-9a-z]{4,20}$/.test(id)) return id;
    throw new FixError('INPUT_INVALID', 'This is not an incident id.', { field: 'id' });
}

function languageOf(request: Request): Language {
    return request.query.language === 'zh-CN' ? 'zh-CN' : 'en-US';
}
