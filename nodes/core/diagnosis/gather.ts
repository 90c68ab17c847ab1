import type { Incident } from '../model/incident';
import { type Asked, answerTo, impossible, recordAnswer } from './ask';
import type { EvidenceLog } from './evidence';
import type { EvidenceTool, Question } from './evidence-tool';

/** Questions under way at a time. */
const AT_ONCE = 4;

/**
 * The first evidence: the initial questions of all tools, recorded in the order of the tools whoever answers first.
 * Rejects only when `signal` is aborted.
 */
export async function gatherEvidence(
    tools: readonly EvidenceTool[],
    incident: Incident,
    log: EvidenceLog,
    signal: AbortSignal,
): Promise<Asked[]> {
    const questions = tools.flatMap((tool) => questionsOf(tool, incident).map((question) => ({ tool, question })));
    const gathered: Asked[] = [];
    for (let at = 0; at < questions.length; at += AT_ONCE) {
        const batch = questions.slice(at, at + AT_ONCE);
        const answers = await Promise.all(batch.map(({ question }) => answerTo(question, signal)));
        batch.forEach(({ tool, question }, index) => {
            const answer = answers[index];
            if (answer) gathered.push(recordAnswer(log, tool, question, answer, 'code'));
        });
    }
    return gathered;
}

function questionsOf(tool: EvidenceTool, incident: Incident): Question[] {
    try {
        return tool.initial?.(incident) ?? [];
    } catch (thrown) {
        return [impossible(tool.name, undefined, thrown)];
    }
}
