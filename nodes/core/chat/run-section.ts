import type { Run, RunOutcome } from '../model/run';
import type { Verification } from '../model/verification';
import { clip } from '../text/cut';
import { plainLine } from '../text/plain-text';
import type { CardSection } from './card';
import { countLines } from './count-lines';
import { fill, type Texts } from './texts';
import { span, utc } from './when';

const MAX_TASKS = 5;

/** Progress or result of the run, and of its rollback. */
export function runSections(run: Run, texts: Texts): CardSection[] {
    const sections: CardSection[] = [
        { title: texts.run.section, body: stateLine(run, texts), items: outcomeLines(run.outcome, texts) },
    ];
    if (run.rollback) {
        const body = run.rollback.status === 'succeeded' ? texts.run.rolledBack : texts.run.rollbackFailed;
        sections.push({ title: texts.run.rollback, body, items: outcomeLines(run.rollback, texts) });
    }
    return sections;
}

/** Did the alert clear because of the run? */
export function verificationSection(verification: Verification, texts: Texts): CardSection {
    const { result, reason, afterSeconds } = verification;
    const cleared = result === 'cleared' && afterSeconds !== undefined;
    return {
        title: texts.run.verification,
        body: texts.verification[result],
        items: [
            cleared ? fill(texts.run.afterSeconds, { span: span(afterSeconds, texts) }) : clip(plainLine(reason), 400),
        ],
    };
}

/** Why the incident left the straight way. */
export function reasonSection(reason: string, texts: Texts): CardSection {
    return { title: texts.run.reason, body: clip(plainLine(reason), 1000) };
}

function stateLine(run: Run, texts: Texts): string {
    return fill(texts.run[run.state], {
        time: utc(run.startedAt ?? run.intendedAt),
        span: span((run.outcome?.milliseconds ?? 0) / 1000, texts),
    });
}

function outcomeLines(outcome: RunOutcome | undefined, texts: Texts): string[] {
    if (!outcome) return [];
    const failed = outcome.tasks
        .filter(({ status }) => status === 'failed' || status === 'unreachable')
        .slice(0, MAX_TASKS);
    return [
        ...(outcome.reason === undefined ? [] : [clip(plainLine(outcome.reason), 400)]),
        ...countLines(texts.run.counts, outcome.hosts),
        ...failed.map(({ host, task, message }) =>
            fill(texts.run.task, {
                host: plainLine(host),
                task: clip(plainLine(task), 120),
                message: clip(plainLine(message ?? ''), 240),
            }),
        ),
    ];
}
