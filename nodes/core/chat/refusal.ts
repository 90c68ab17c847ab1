import { REQUESTED_BY } from '../approval/refusals';
import { type FixError, failureText } from '../errors';
import type { Incident } from '../model/incident';
import { decisionLine } from './approval-section';
import { fill, type Language, textsOf } from './texts';

/**
 * What only the person who decided reads when that decision was not recorded. `incident` as it is now, if known.
 */
export function refusalText(error: FixError, incident: Incident | undefined, language: Language): string {
    const texts = textsOf(language);
    const byRequester = error.field === REQUESTED_BY ? texts.approval.requesterRefused : undefined;
    const text =
        byRequester ??
        Object.entries(texts.refusal).find(([code]) => code === error.code)?.[1] ??
        texts.refusal.INTERNAL;
    return fill(text, {
        sentence: failureText(error),
        who: incident?.plan?.terms?.approvers.join(', ') || texts.approval.anyone,
        stage: incident ? texts.stage[incident.stage] : '',
        decisions: incident?.approval?.decisions.map((decision) => decisionLine(decision, texts)).join('; ') ?? '',
    });
}
