import { cutClean } from '../text/cut';
import { redact } from '../text/redact';
import { visible } from '../text/text';
import type { Asked } from './ask';

/** Longest reason of an answer that did not come, characters. */
const LONGEST_REASON = 300;

/** Whether a check of a runbook holds, and the evidence for it. */
export interface CheckResult {
    runbook: string;
    check: string;
    /** Each of its questions was answered, and each answer fulfils it. */
    holds: boolean;
    evidence: string[];
    /** Why there was no answer to one of its questions, for people. */
    unanswered?: string;
}

/** What the questions that are checks of runbooks came to, one result for each check. */
export function checkResults(asked: readonly Asked[]): CheckResult[] {
    const results = new Map<string, CheckResult>();
    for (const { question, answer, unanswered, evidence } of asked) {
        if (!question.check) continue;
        const key = JSON.stringify([question.check.runbook, question.check.check]);
        const before = results.get(key) ?? { ...question.check, holds: true, evidence: [] };
        results.set(key, {
            ...before,
            ...(unanswered && {
                unanswered: cutClean(unanswered.message, LONGEST_REASON, (text) => redact(visible(text))),
            }),
            holds: before.holds && answer?.holds === true,
            evidence: [...before.evidence, evidence.id],
        });
    }
    return [...results.values()];
}
