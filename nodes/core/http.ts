/** How to identify to an HTTP server. */
export type HttpAuth =
    | { kind: 'none' }
    | { kind: 'bearer'; token: string }
    | { kind: 'basic'; user: string; password: string };

/** The Authorization header, or none. */
export function authorizationHeader(auth: HttpAuth): Record<string, string> {
    switch (auth.kind) {
        case 'none':
            return {};
        case 'bearer':
            return { authorization: `Bearer ${auth.token}` };
        case 'basic':
            return { authorization: `Basic ${Buffer.from(`${auth.user}:${auth.password}`).toString('base64')}` };
    }
}

/** Reads a body of at most `limit` bytes; undefined when it is longer. */
export async function readLimited(response: Response, limit: number): Promise<string | undefined> {
    const reader = response.body?.getReader();
    const chunks: Uint8Array[] = [];
    let size = 0;
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
        size += part.value.byteLength;
        if (size > limit) {
            await reader?.cancel();
            return undefined;
        }
        chunks.push(part.value);
    }
    return Buffer.concat(chunks).toString('utf8');
}

/** The answer with its whole body read, so that it is known to have at most `limit` bytes; undefined when it has more. */
export async function limitedResponse(response: Response, limit: number): Promise<Response | undefined> {
    if (!response.body) return response;
    const text = await readLimited(response, limit);
    const { status, statusText, headers } = response;
    return text === undefined ? undefined : new Response(text, { status, statusText, headers });
}
