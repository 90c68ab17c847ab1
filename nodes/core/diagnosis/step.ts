import { z } from 'zod';

/** The read-only tools of the model. */
const TOOLS = ['promql', 'related_alerts', 'past_incidents', 'runbook'] as const;

const tool = z.object({ name: z.enum(TOOLS), argument: z.string() });

const action = z.object({
    runbook: z.string(),
    action: z.string(),
    parameters: z.array(z.object({ name: z.string(), value: z.union([z.string(), z.number(), z.boolean()]) })),
    hosts: z.array(z.string()),
});

const answer = z.object({
    cause: z.string(),
    confidence: z.number(),
    citations: z.array(z.string()),
    inconclusive: z.boolean(),
    action: action.nullable(),
});

/**
 * What the model says in one turn: either a tool it wants, or its final answer; the other is null. Only required
 * members, no maps and no bounds, so that every vendor's strict JSON output takes the schema. Members that are
 * not listed are dropped.
 */
export const modelStep = z.object({ tool: tool.nullable(), answer: answer.nullable() });

export type ModelToolCall = z.infer<typeof tool>;
export type ModelConclusion = z.infer<typeof answer>;
