import { EventEmitter } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** Names of this machine that no name server can give to another, and none can give to this one. */
const OWN_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/i;

/**
 * Does another web site ask? The quickstart has no login and listens on this machine only, so a page in this machine's
 * browser is the one stranger that can reach it: by a name of its own that suddenly leads here (DNS rebinding, seen in
 * `Host`), or by a form or script of its own (seen in `Origin`).
 */
export function isForeign({ host = '', origin }: IncomingHttpHeaders): boolean {
    return !OWN_HOST.test(host) || (origin !== undefined && origin.toLowerCase() !== `http://${host}`.toLowerCase());
}

/** Express middleware for all routes of Node-RED: refuses what {@link isForeign}. */
export function ownPagesOnly(request: IncomingMessage, response: ServerResponse, next: () => void): void {
    guardUpgrades(request);
    if (isForeign(request.headers)) refuse(response);
    else next();
}

const guarded = new WeakSet<EventEmitter>();

/** The editor's live connection is no route. The quickstart itself makes the first request, before any page can. */
function guardUpgrades({ socket }: IncomingMessage): void {
    const server: unknown = Reflect.get(socket, 'server');
    if (!(server instanceof EventEmitter) || guarded.has(server)) return;
    guarded.add(server);
    server.prependListener('upgrade', (request: IncomingMessage, stream: Duplex) => {
        if (isForeign(request.headers)) stream.destroy();
    });
}

/** Answers 403 with the reason and the cure. */
export function refuse(response: ServerResponse): void {
    response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8' });
    response.end('The quickstart answers its own pages on this machine only. Open http://127.0.0.1 with its port.\n');
}
