import { z } from 'zod';
import { runbookSchema } from './schema';

/** The JSON Schema of a runbook file, for completion in editors. */
export function runbookJsonSchema(): object {
    const schema = z.toJSONSchema(runbookSchema, { io: 'input', target: 'draft-7' });
    return { ...schema, title: 'alert-to-fix runbook' };
}
