import { z } from 'zod';
import { FixError } from '../../errors';
import type { EvidenceTool } from '../evidence-tool';
import type { Sources } from '../sources';
import { samplesAnswer } from './texts';

/** Longest PromQL a model may ask, characters. */
const LONGEST_QUERY = 1_000;

const input = z.object({ query: z.string().describe('PromQL that gives the values of one moment') });

/** Queries of the model's own. With `label_replace` it can make an answer name any host, so these never name one. */
export function promqlTool({ metrics }: Sources): EvidenceTool<z.infer<typeof input>> | undefined {
    if (!metrics) return undefined;
    return {
        name: 'promql',
        says: 'the present values of one PromQL query.',
        mayNameHost: false,
        input,
        ask: (asked) => {
            const query = asked.query.trim();
            return {
                title: 'Query of the model',
                query,
                answer: async (signal) => {
                    if (query.length > LONGEST_QUERY)
                        throw new FixError('TOO_LARGE', `The query has more than ${LONGEST_QUERY} characters.`);
                    return samplesAnswer(await metrics.query(query, signal));
                },
            };
        },
    };
}
