import { readFileSync } from 'node:fs';
import type { z } from 'zod';

/**
 * What a quickstart noted for the next one; undefined when there is nothing, or it was killed in the midst of writing.
 */
export function readNote<Note>(file: string, form: z.ZodType<Note>): Note | undefined {
    try {
        return form.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
    } catch {
        return undefined;
    }
}
