import { asSealed } from '../approval/as-sealed';
import type { Incident } from '../model/incident';
import { shortSeal } from '../model/plan';
import type { Stage } from '../model/stage';
import { alertSection, cardFields, cardTitle } from './alert-section';
import { alteredSections, approvalSection, cardDecision } from './approval-section';
import type { Card, CardSection } from './card';
import { diagnosisSections, similarSection, sourceLine } from './diagnosis-section';
import { planSections, proposalSection } from './plan-section';
import { reasonSection, runSections, verificationSection } from './run-section';
import { fill, type Language, type Texts, textsOf } from './texts';
import { since, until, utc } from './when';

const TONES: Record<Stage, Card['tone']> = {
    open: 'firing',
    diagnosed: 'firing',
    planned: 'firing',
    waiting: 'waiting',
    approved: 'running',
    running: 'running',
    verifying: 'running',
    closed: 'good',
    inconclusive: 'bad',
    refused: 'neutral',
    failed: 'bad',
    'rolled-back': 'bad',
    unknown: 'bad',
};

/**
 * The card of an incident at this moment: everything a person needs to decide, in the order they need it.
 * Pure; the same incident, language, moment and link give the same card. `link` is the incident page's address;
 * `inThread`: the whole dry run has been sent into the card's thread.
 */
export function buildCard(incident: Incident, language: Language, now: Date, link?: string, inThread = false): Card {
    const texts = textsOf(language);
    const decision = cardDecision(incident, now, texts);
    const shown = asSealed(incident);
    return {
        incidentId: incident.id,
        tone: toneOf(incident),
        title: cardTitle(shown, texts),
        summary: summaryOf(shown, now, texts),
        fields: cardFields(shown, texts),
        sections: [...alteredSections(incident, texts), ...sectionsOf(shown, now, texts, inThread)],
        ...(decision === undefined ? {} : { decision }),
        footnotes: footnotesOf(incident, now, texts),
        ...(link === undefined ? {} : { link }),
    };
}

function toneOf(incident: Incident): Card['tone'] {
    if (incident.stage !== 'closed') return TONES[incident.stage];
    return incident.resolvedAt === undefined ? 'neutral' : 'good';
}

function summaryOf(incident: Incident, now: Date, texts: Texts): string {
    const state = texts.stage[incident.stage];
    const time =
        incident.stage === 'waiting' && incident.approval
            ? until(incident.approval.expiresAt, now, texts)
            : incident.resolvedAt === undefined
              ? since(incident.openedAt, now, texts)
              : fill(texts.alert.resolved, { time: utc(incident.resolvedAt) });
    return `${incident.id} · ${state} · ${time}`;
}

/** How it ended comes first; then what fires, why, what is done about it, and who decides. */
function sectionsOf(incident: Incident, now: Date, texts: Texts, inThread: boolean): CardSection[] {
    const { reason, verification, run, diagnosis, similar, plan, approval } = incident;
    return [
        ...(reason ? [reasonSection(reason, texts)] : []),
        ...(verification ? [verificationSection(verification, texts)] : []),
        ...(run ? runSections(run, texts) : []),
        alertSection(incident, now, texts),
        ...(diagnosis ? diagnosisSections(diagnosis, texts) : []),
        ...(similar && similar.length > 0 ? [similarSection(similar, now, texts)] : []),
        ...(!plan && diagnosis?.proposal ? [proposalSection(diagnosis.proposal, texts)] : []),
        ...(plan ? planSections(plan, texts, inThread) : []),
        ...(plan && approval ? [approvalSection(plan, approval, now, texts)] : []),
    ];
}

function footnotesOf(incident: Incident, now: Date, texts: Texts): string[] {
    return [
        ...(incident.diagnosis ? [sourceLine(incident.diagnosis, texts)] : []),
        ...(incident.seal ? [fill(texts.plan.seal, { seal: shortSeal(incident.seal.digest) })] : []),
        fill(texts.time.asOf, { time: utc(now.toISOString()) }),
    ];
}
