import { z } from 'zod';
import type { SimilarIncident } from '../../model/memory';
import { cut } from '../../text/cut';
import type { EvidenceTool } from '../evidence-tool';
import type { Sources } from '../sources';
import { listText } from './texts';

const MOST_SIMILAR = 5;
const LONGEST_NAME = 200;

const input = z.object({ alertname: z.string().describe('name of an alert') });

/**
 * Past incidents: first those that resemble this one, then those of an alert name. Their causes are prose of earlier
 * models, so they never name a host.
 */
export function pastIncidentsTool({ pastIncidents }: Sources): EvidenceTool<z.infer<typeof input>> {
    return {
        name: 'past_incidents',
        says: 'past incidents of an alert, with the outcome of their fixes.',
        mayNameHost: false,
        initial: ({ similar = [] }) =>
            similar.length === 0
                ? []
                : [
                      {
                          title: 'Similar past incidents',
                          answer: async () => ({
                              result: listText(
                                  similar.map((past) => pastText(past, ` ${past.alertname}`)),
                                  MOST_SIMILAR,
                              ),
                          }),
                      },
                  ],
        ...(pastIncidents && {
            input,
            ask: ({ alertname }) => {
                const wanted = alertname.trim().slice(0, LONGEST_NAME);
                return {
                    title: `Past incidents of ${wanted}`,
                    query: wanted,
                    answer: async () => {
                        const past = (await pastIncidents(wanted)).filter((record) => record.alertname === wanted);
                        if (past.length === 0) return { result: 'None.', status: 'no-data' };
                        return { result: past.map((record) => pastText(record)).join('\n') };
                    },
                };
            },
        }),
    };
}

function pastText(
    { incidentId, at, cause, action, outcome }: Omit<SimilarIncident, 'score' | 'alertname'>,
    name = '',
): string {
    const fix = action ? `${action.runbook}/${action.action}` : 'none';
    return `${incidentId}${name} (${at}): cause: ${cut(cause ?? 'unknown', 300)}; fix: ${fix}; outcome: ${outcome}`;
}
