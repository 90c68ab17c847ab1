import type { Request, Response } from 'express';
import { z } from 'zod';
import { type Language, textsOf } from '../core/chat/texts';
import { asFixError, FixError } from '../core/errors';
import { endedSince, mayReopen, reopening } from '../core/intake/reopen';
import type { Identity } from '../core/model/identity';
import type { Incident } from '../core/model/incident';
import { answerError } from './answers';
import { bodyOf, idOf, languageOf } from './asked';
import { decider, requirePermission } from './decider';
import { againRefusal } from './refusals';
import type { PageStore } from './stores';

const againBody = z.object({ since: z.string().max(64) });

/**
 * What the page needs for its button: who the asker is, or why they cannot have the incident diagnosed again, and the
 * ending that they see.
 */
export interface Again {
    since: string;
    you?: Identity;
    refusal?: string;
}

/** Sends an incident that ended without success back to its `alert-in`; who asked is in its timeline. */
export async function diagnoseAgain(request: Request, response: Response, store: PageStore): Promise<void> {
    const language = languageOf(request);
    const id = idOf(request);
    const by = decider(request, store.security, language);
    const { since } = bodyOf(request, againBody);
    try {
        const incidents = await store.service.incidents();
        const { incident } = await incidents.get(id);
        requireTaker(store, incident);
        const { stage } = await incidents.change(id, reopening(by, since));
        response.json({ stage });
    } catch (thrown) {
        const now = await (await store.service.incidents()).store.read(id).catch(() => undefined);
        answerError(response, thrown, (error) =>
            againRefusal(error, now ? textsOf(language).stage[now.incident.stage] : '', language),
        );
    }
}

/** Undefined while the incident cannot be diagnosed again. */
export function whoAsksAgain(
    request: Request,
    store: PageStore,
    incident: Incident,
    language: Language,
): Again | undefined {
    if (!mayReopen(incident)) return undefined;
    const since = endedSince(incident);
    try {
        requirePermission(request, store.security, language);
        const you = decider(request, store.security, language);
        requireTaker(store, incident);
        return { since, you };
    } catch (thrown) {
        return { since, refusal: againRefusal(asFixError(thrown), textsOf(language).stage[incident.stage], language) };
    }
}

/**
 * Only the node that took the incident takes it up again: where it is not deployed, the incident would wait for ever.
 */
function requireTaker(store: PageStore, { id, source }: Incident): void {
    if (store.hasNode(source.node)) return;
    throw new FixError('CONFIG_MISSING', `The alert-in that took incident ${id} is not deployed here.`, {
        field: 'incident.source.node',
        cure: 'Deploy it again, with the id it had, or use the page of the Node-RED that has it.',
    });
}
