import { asFixError, FixError } from '../errors';
import type { Evidence } from '../model/diagnosis';
import type { EvidenceLog } from './evidence';
import type { Answer, EvidenceTool, Question } from './evidence-tool';

/** Longest wait for one answer, milliseconds; longer than any time-out that a source can be configured with. */
const LONGEST_WAIT_MS = 150_000;

/** Who asks: only code chooses its questions without the model. */
export type Asker = 'code' | 'model';

/** A question, the evidence it became, and either its answer or why there is none. */
export interface Asked {
    question: Question;
    evidence: Evidence;
    answer?: Answer;
    unanswered?: FixError;
}

/** Asks a question. Resolves with the error when there is no answer; rejects only when `signal` is aborted. */
export async function answerTo(question: Question, signal: AbortSignal): Promise<Answer | FixError> {
    const limit = AbortSignal.timeout(LONGEST_WAIT_MS);
    try {
        return await beforeAbort((stop) => question.answer(stop), AbortSignal.any([signal, limit]));
    } catch (thrown) {
        signal.throwIfAborted();
        if (!limit.aborted) return asFixError(thrown);
        return new FixError('INTERNAL', `There was no answer within ${LONGEST_WAIT_MS / 1_000} s.`, { cause: thrown });
    }
}

/**
 * Records what a question of a tool came to. This is where evidence gets its trust: a tool says whose questions may
 * name a host, and a failure names none, because its sentence holds names of servers.
 */
export function recordAnswer(
    log: EvidenceLog,
    { name, longest, mayNameHost = false }: EvidenceTool,
    question: Question,
    answer: Answer | FixError,
    asker: Asker,
): Asked {
    const { title, query, unit } = question;
    const asked = { kind: name, title, query, unit, longest };
    if (answer instanceof FixError) {
        const result = `Not answered: ${answer.message}`;
        return { question, unanswered: answer, evidence: log.record({ ...asked, result, status: 'not-answered' }) };
    }
    const { result, status, value, series } = answer;
    const trusted = mayNameHost === 'initial' ? asker === 'code' : mayNameHost;
    return {
        question,
        answer,
        evidence: log.record({ ...asked, result, status, value, series, mayNameHost: trusted }),
    };
}

/** A question that cannot even be put, as one that is answered with the reason. */
export function impossible(title: string, query: string | undefined, thrown: unknown): Question {
    return { title, query, answer: () => Promise.reject(thrown) };
}

/** The call's outcome; rejects as soon as the signal is aborted, also when the call does not heed it. */
async function beforeAbort<T>(call: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    let stop = (): void => undefined;
    const aborted = new Promise<never>((_resolve, reject) => {
        stop = () => reject(signal.reason);
        signal.addEventListener('abort', stop, { once: true });
    });
    try {
        return await Promise.race([call(signal), aborted]);
    } finally {
        signal.removeEventListener('abort', stop);
    }
}
