import type { Request } from 'express';
import type { Language } from '../core/chat/texts';
import { FixError } from '../core/errors';
import type { Identity } from '../core/model/identity';
import { PAGE_REFUSALS, type PageRefusal } from './refusals';

/** What the page must know of Node-RED to tell who decides. */
export interface PageSecurity {
    /** `adminAuth` is configured: the person is who logged in to the editor. */
    hasAdminAuth: boolean;
    /** Where Node-RED really listens; undefined when that is no TCP address. */
    listensOn?: string;
    /** The incident store's switch. */
    demoOperator: boolean;
}

/** Permissions that the users of `adminAuth` may be given. */
export const READ = 'alert-to-fix.read';
export const APPROVE = 'alert-to-fix.approve';

/** The page sends this header, which no other web site can without asking first. */
const PAGE_HEADER = 'x-alert-to-fix';

const DEMO_OPERATOR: Identity = { platform: 'page', id: 'demo-operator', name: 'Demo operator' };
const LOOPBACK_NAMES = new Set(['127.0.0.1', '[::1]', 'localhost']);
const LOOPBACK_ADDRESS = /^(?:127\.|::1$|::ffff:127\.)/;
/** What proxies, load balancers and tunnels add; any of them means that the person may be anywhere. */
const PROXY_HEADERS = new Set(
    (
        'via client-ip true-client-ip remote-addr cdn-loop proxy-client-ip wl-proxy-client-ip x-client-ip x-real-ip ' +
        'x-cluster-client-ip x-remote-ip x-remote-addr x-originating-ip x-proxyuser-ip x-host x-scheme x-url-scheme ' +
        'x-request-id front-end-https'
    ).split(' '),
);
const PROXY_PREFIXES = (
    'forwarded x-forwarded x-original- x-envoy- x-amzn- x-azure- x-arr- x-appengine- x-vercel- cf- fastly- fly- akamai- ' +
    'tailscale-'
).split(' ');

/**
 * Who decides with this request. Throws `AUTH_FAILED` with the reason in the reader's language when nobody can be
 * named: no login, or no admin authentication and not the demo operator on this very machine.
 */
export function decider(request: Request, security: PageSecurity, language: Language): Identity {
    if (security.hasAdminAuth) return loggedIn(request, language);
    if (!security.demoOperator) throw refusal('noAdminAuth', language);
    if (!LOOPBACK_ADDRESS.test(security.listensOn ?? '')) throw refusal('notOnLoopback', language);
    if (!isFromThisMachine(request) || !isFromThisPage(request)) throw refusal('notThisMachine', language);
    return DEMO_OPERATOR;
}

/**
 * Has the person Node-RED's permission to decide? The route asks Node-RED itself; this is for showing it beforehand.
 * `authInfo` is where Node-RED leaves the permissions of who asks.
 */
export function requirePermission(request: Request, security: PageSecurity, language: Language): void {
    const { scope } = (request.authInfo ?? {}) as { scope?: unknown };
    const granted: unknown[] = Array.isArray(scope) ? scope : [scope];
    if (security.hasAdminAuth && !granted.includes('*') && !granted.includes(APPROVE))
        throw refusal('notPermitted', language);
}

/** A default user of `adminAuth` has no name, or says that it is anonymous: it is nobody. */
function loggedIn(request: Request, language: Language): Identity {
    const user = request.user as { username?: unknown; anonymous?: unknown } | undefined;
    if (
        typeof user?.username === 'string' &&
        user.username !== '' &&
        user.username !== 'anonymous' &&
        !user.anonymous
    ) {
        return { platform: 'page', id: user.username, name: user.username };
    }
    throw refusal('notLoggedIn', language);
}

/** No proxy between, and a loopback name in the address bar, which a rebound DNS name is not. */
function isFromThisMachine(request: Request): boolean {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
    return (
        LOOPBACK_ADDRESS.test(request.socket.remoteAddress ?? '') &&
        LOOPBACK_NAMES.has(host) &&
        !Object.keys(request.headers).some(isOfProxy)
    );
}

function isOfProxy(name: string): boolean {
    return PROXY_HEADERS.has(name) || PROXY_PREFIXES.some((prefix) => name.startsWith(prefix));
}

/** Our page's header, and no sign of another web site, not even of one that `httpAdminCors` lets in. */
function isFromThisPage(request: Request): boolean {
    const { host, origin, 'sec-fetch-site': site } = request.headers;
    const isOwnOrigin = origin === undefined || (URL.canParse(origin) && new URL(origin).host === host?.toLowerCase());
    return request.headers[PAGE_HEADER] !== undefined && isOwnOrigin && (site === undefined || site === 'same-origin');
}

function refusal(reason: PageRefusal, language: Language): FixError {
    const { message, cure } = PAGE_REFUSALS[language][reason];
    return new FixError('AUTH_FAILED', message, { cure });
}
