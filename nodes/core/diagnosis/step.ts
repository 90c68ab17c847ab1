import { z } from 'zod';
import type { ModelTool } from './evidence-tool';

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

export type ModelConclusion = z.infer<typeof answer>;

/** A tool the model wants, with what it filled in; it fits the `input` of that tool. */
export interface ModelToolCall {
    name: string;
    input: unknown;
}

/** What the model says in one turn: either a tool it wants, or its final answer; the other is null. */
export interface ModelStep {
    tool: ModelToolCall | null;
    answer: ModelConclusion | null;
}

/**
 * The schema of a turn with these tools. Only required members, no maps and no bounds, so that every vendor's strict
 * JSON output takes it; a call begins with the name of its tool, which tells the branches of the union apart. Members
 * that are not listed are dropped.
 */
export function modelStep(tools: readonly ModelTool[]): z.ZodType<ModelStep> {
    const calls = tools.map(({ name, input }) => z.object({ name: z.enum([name]), input }));
    return z.object({ tool: z.union([...calls, z.null()]), answer: answer.nullable() });
}
