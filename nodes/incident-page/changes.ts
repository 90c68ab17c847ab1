import type { Request, Response } from 'express';
import type { ChangeNotice } from '../core/store/port';
import type { PageStore } from './stores';

/** Proxies cut connections that stay silent longer than this. */
const HEARTBEAT_MS = 15_000;

/** A reader that falls this many bytes behind is disconnected; the page connects again and reads what it missed. */
const MAX_UNREAD = 256 * 1024;

/**
 * Server-sent events: `data: {id, version, stage}` per change of any incident, until the reader goes or `closing` is
 * aborted.
 */
export async function streamChanges(
    _request: Request,
    response: Response,
    store: PageStore,
    closing: AbortSignal,
): Promise<void> {
    const incidents = await store.service.incidents();
    if (closing.aborted || response.destroyed) {
        response.end();
        return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
    const write = (text: string): void => {
        if (response.writableLength > MAX_UNREAD) response.destroy();
        else response.write(text);
    };
    write(': connected\n\n');
    const stop = incidents.store.watch((notice: ChangeNotice) => write(`data: ${JSON.stringify(notice)}\n\n`));
    const heartbeat = setInterval(() => write(': alive\n\n'), HEARTBEAT_MS);
    const end = (): void => void response.end();
    closing.addEventListener('abort', end, { once: true });
    response.once('close', () => {
        clearInterval(heartbeat);
        stop();
        closing.removeEventListener('abort', end);
    });
}
