import type { Request } from 'express';
import type { z } from 'zod';
import type { Language } from '../core/chat/texts';
import { FixError } from '../core/errors';
import type { ListPlace } from '../core/store/port';

const INCIDENT_ID = /^inc-[0-9a-z]{4,20}$/;
/** As `toISOString` writes it, which is how times are stored and compared. */
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** The JSON body, as `schema` wants it. Throws `INPUT_INVALID`. */
export function bodyOf<Body>(request: Request, schema: z.ZodType<Body>): Body {
    if (!request.is('application/json'))
        throw new FixError('INPUT_INVALID', 'Send the body as application/json.', { field: 'body' });
    const body = schema.safeParse(request.body);
    if (body.success) return body.data;
    const issue = body.error.issues[0];
    throw new FixError('INPUT_INVALID', issue?.message ?? 'The body is not well formed.', {
        field: issue?.path.join('.') || 'body',
    });
}

/** The incident id in the address. Throws `INPUT_INVALID`. */
export function idOf(request: Request): string {
    const { id } = request.params;
    if (id !== undefined && INCIDENT_ID.test(id)) return id;
    throw new FixError('INPUT_INVALID', 'This is not an incident id.', { field: 'id' });
}

/** `?before=<updatedAt>,<id>`: where a list goes on. Throws `INPUT_INVALID`. */
export function placeOf(before: unknown): ListPlace | undefined {
    if (before === undefined) return undefined;
    const [updatedAt = '', id = '', ...more] = typeof before === 'string' ? before.split(',') : [];
    if (ISO_TIME.test(updatedAt) && INCIDENT_ID.test(id) && more.length === 0) return { updatedAt, id };
    throw new FixError(
        'INPUT_INVALID',
        'before must be the updatedAt and the id of an incident, with a comma between.',
        { field: 'before' },
    );
}

/** `?language=`: English unless it is Chinese. */
export function languageOf(request: Request): Language {
    return request.query.language === 'zh-CN' ? 'zh-CN' : 'en-US';
}
