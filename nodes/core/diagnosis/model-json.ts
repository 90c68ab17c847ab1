import { z } from 'zod';
import { FixError } from '../errors';
import type { JsonObject } from '../text/json';

/** The schema as strict JSON Schema (draft 7): all members required, no others allowed. */
export function strictJsonSchema(schema: z.ZodType): JsonObject {
    const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
        target: 'draft-7',
        override: ({ jsonSchema }) => {
            if (jsonSchema.type === 'object') jsonSchema.required ??= [];
        },
    });
    return rest as JsonObject;
}

/** Longest text of a model that is read, characters. */
const LONGEST = 1_000_000;

/** Reads a model's text as JSON of the schema; a Markdown fence around it is accepted. Throws `PROVIDER_BAD_ANSWER`. */
export function parseModelJson<T>(text: string, schema: z.ZodType<T>): T {
    if (text.length > LONGEST) throw badAnswer(`has more than ${LONGEST} characters`, undefined);
    const inside = /^```(?:json)?([^]*)```$/.exec(text.trim())?.[1] ?? text;
    let parsed: unknown;
    try {
        parsed = JSON.parse(inside.trim());
    } catch (cause) {
        throw badAnswer('is not JSON', cause);
    }
    const checked = schema.safeParse(parsed);
    if (checked.success) return checked.data;
    const [issue] = checked.error.issues;
    throw badAnswer(`does not fit the schema at ${issue?.path.join('.') || 'its root'}`, checked.error);
}

function badAnswer(what: string, cause: unknown): FixError {
    return new FixError('PROVIDER_BAD_ANSWER', `The model's answer ${what}.`, {
        cure: 'Choose a model that supports structured JSON output.',
        cause,
    });
}
