import { z } from 'zod';
import { FixError } from '../../errors';
import type { Runbook } from '../../model/runbook';
import { matchingRunbooks } from '../../runbook/choose';
import { cut } from '../../text/cut';
import { visible } from '../../text/text';
import type { EvidenceTool, Question } from '../evidence-tool';
import type { Sources } from '../sources';

const MOST_RUNBOOKS = 3;
const MOST_NAMES = 40;

const input = z.object({ id: z.string().describe('id of a runbook') });

/**
 * What runbooks know: first those for the incident, then any that the model names. A host in their prose may be an
 * example; a runbook that means one host writes it as the target of its action.
 */
export function runbookTool({ runbooks }: Sources): EvidenceTool<z.infer<typeof input>> {
    return {
        name: 'runbook',
        says: 'the text of a runbook.',
        mayNameHost: false,
        longest: 3_000,
        input,
        ask: ({ id }) => {
            const runbook = runbooks.find((candidate) => candidate.id === id.trim());
            if (runbook) return textOf(runbook);
            const known = runbooks.map((candidate) => candidate.id).slice(0, MOST_NAMES);
            throw new FixError(
                'INPUT_INVALID',
                `There is no runbook ${JSON.stringify(cut(visible(id), 64))}. There are: ${known.join(', ')}.`,
            );
        },
        initial: (incident) => matchingRunbooks(runbooks, incident).slice(0, MOST_RUNBOOKS).map(textOf),
    };
}

function textOf({ id, title, knowledge }: Runbook): Question {
    return {
        title: `Runbook ${id}: ${title}`,
        answer: async () => (knowledge ? { result: knowledge } : { result: '(no text)', status: 'no-data' }),
    };
}
