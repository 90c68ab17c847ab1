import type { IncomingMessage } from 'node:http';
import { FixError } from '../core/errors';

/**
 * The raw bytes of a request's body. Rejects with `TOO_LARGE` above `limit` bytes, and with `CONFIG_INVALID` when
 * a middleware has eaten the body, so that its bytes are gone.
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
    if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.reject(tooLarge(limit));
    if (request.readableEnded) return Promise.reject(eaten());
    return new Promise((resolve, reject) => {
        const chunks: Buffer[] = [];
        let length = 0;
        request.on('data', (chunk: Buffer) => {
            length += chunk.length;
            if (length <= limit) {
                chunks.push(chunk);
                return;
            }
            request.pause();
            reject(tooLarge(limit));
        });
        request.once('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
        request.once('error', reject);
        request.once('close', () => {
            if (!request.readableEnded) reject(new FixError('CANCELLED', 'The sender closed the connection early.'));
        });
    });
}

function tooLarge(limit: number): FixError {
    return new FixError('TOO_LARGE', `The body is larger than ${limit} bytes.`, {
        field: 'body',
        cure: 'Send fewer alerts at once (max_alerts in Alertmanager), or raise the body limit of this node.',
    });
}

function eaten(): FixError {
    return new FixError('CONFIG_INVALID', 'A middleware has read the body before this node could.', {
        field: 'httpNodeMiddleware',
        cure: "Remove the body parser from httpNodeMiddleware in Node-RED's settings.",
    });
}
