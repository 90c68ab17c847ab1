import type { Request } from 'express';
import { FixError } from '../core/errors';
import type { Identity } from '../core/identity';

/** What the page must know of Node-RED to tell who decides. */
export interface PageSecurity {
    /** `adminAuth` is configured: the person is who logged in to the editor. */
    hasAdminAuth: boolean;
    /** `uiHost` of the settings; Node-RED listens on all addresses without one. */
    uiHost?: string;
    /** The incident store's switch. */
    demoOperator: boolean;
}

/** The page sends this header, which no other web site can without asking first. */
export const PAGE_HEADER = 'x-alert-to-fix';

const DEMO_OPERATOR: Identity = { platform: 'page', id: 'demo-operator', name: 'Demo operator' };
const LOOPBACK_HOSTS = new Set(['127.0.0.1', '::1', '[::1]', 'localhost']);
const LOOPBACK_ADDRESS = /^(?:127\.|::1$|::ffff:127\.)/;

/**
 * Who decides with this request. Throws `AUTH_FAILED` with the reason when nobody can be named: no login, or no
 * admin authentication and not the demo operator on this very machine.
 */
export function decider(request: Request, security: PageSecurity): Identity {
    if (security.hasAdminAuth) return loggedIn(request);
    if (!security.demoOperator) {
        throw refusal('Node-RED has no admin authentication, so nobody can be named as approver.',
            'Configure adminAuth in settings.js, or approve in chat.');
    }
    if (!LOOPBACK_HOSTS.has(security.uiHost ?? '')) {
        throw refusal('The demo operator may only decide while Node-RED listens on 127.0.0.1.',
            'Set uiHost: "127.0.0.1" in settings.js, or configure adminAuth.');
    }
    if (!isFromThisMachine(request)) {
        throw refusal('The demo operator decides on this machine only, in the incident page itself.',
            'Open the page by its 127.0.0.1 address, without a proxy.');
    }
    return DEMO_OPERATOR;
}

function loggedIn(request: Request): Identity {
    const user = request.user as { username?: string; anonymous?: boolean } | undefined;
    if (user?.username && !user.anonymous) return { platform: 'page', id: user.username, name: user.username };
    throw refusal('You are not logged in.', 'Log in to the Node-RED editor, then come back.');
}

/** No proxy between, a loopback name in the address bar (no DNS rebinding), and our own page's header (no other site). */
function isFromThisMachine(request: Request): boolean {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    return (
        LOOPBACK_ADDRESS.test(request.socket.remoteAddress ?? '') &&
        LOOPBACK_HOSTS.has(host) &&
        request.headers['x-forwarded-for'] === undefined &&
        request.headers.forwarded === undefined &&
        request.headers[PAGE_HEADER] !== undefined
    );
}

function refusal(message: string, cure: string): FixError {
    return new FixError('AUTH_FAILED', message, { cure });
}
