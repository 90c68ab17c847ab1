import { z } from 'zod';
import type { ModelAnswer } from './ports';

const count = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);

/**
 * Tokens as a server counted them. What is no count, such as a text or a negative number, is taken as 0 and noted as
 * `uncounted`; what is absent is 0.
 */
export function tokenUsage(input: unknown, output: unknown): ModelAnswer<unknown>['usage'] {
    const [inputTokens, outputTokens] = [input ?? 0, output ?? 0].map((given) => count.safeParse(given).data);
    const isCounted = inputTokens !== undefined && outputTokens !== undefined;
    return {
        inputTokens: inputTokens ?? 0,
        outputTokens: outputTokens ?? 0,
        ...(isCounted ? {} : { uncounted: true }),
    };
}

/** The model as a server names it; what is no name is `asked`, the one that was asked. */
export function modelName(named: unknown, asked: string): string {
    return typeof named === 'string' && named !== '' ? named : asked;
}
