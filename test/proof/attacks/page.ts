import { request } from 'node:http';
import bcrypt from 'bcryptjs';
import type { Group } from '../matrix';
import { type LineAttack, type LineGround, lineGroup, type Said } from './line-ground';

interface Post {
    method?: string;
    headers?: Record<string, string>;
    body?: string;
    seal?: string;
}

const PAGE = { 'content-type': 'application/json', 'x-alert-to-fix': 'page' };

/** Posts a decision as any program can; answers `<status> <code>: <message>`. */
async function post(
    ground: LineGround,
    id: string,
    { method = 'POST', headers = PAGE, body, seal }: Post = {},
): Promise<Said> {
    const { incident } = await ground.line.show(id);
    const { hostname, port } = new URL(ground.line.nodeRed.url);
    const text = body ?? JSON.stringify({ seal: seal ?? incident.seal?.digest, verdict: 'approve' });
    return new Promise((resolve, reject) => {
        const asked = request(
            {
                hostname,
                port,
                method,
                path: `/alert-to-fix/api/incidents/${id}/decision`,
                headers: { ...headers, 'content-length': Buffer.byteLength(text) },
            },
            (answer) => {
                let said = '';
                answer.on('data', (chunk: Buffer) => {
                    said += chunk.toString();
                });
                answer.on('end', () => resolve(`${answer.statusCode} ${told(said)}`));
            },
        );
        asked.on('error', reject);
        asked.end(text);
    });
}

function told(text: string): string {
    try {
        const { error } = JSON.parse(text) as { error?: { code: string; message: string } };
        return error ? `${error.code}: ${error.message}` : text;
    } catch {
        return text;
    }
}

const posted = (
    name: string,
    says: RegExp,
    how: Post | ((ground: LineGround, id: string) => Promise<Post>),
): LineAttack => ({
    name,
    says,
    attempt: async (ground, id) => post(ground, id, typeof how === 'function' ? await how(ground, id) : how),
});

const REQUESTS: LineAttack[] = [
    posted('Another web site sends the decision for whoever visits it', /403 AUTH_FAILED: .*this machine/, {
        headers: { ...PAGE, origin: 'https://evil.example' },
    }),
    posted("Another web site sends it as the browser's own form", /400 INPUT_INVALID|403 AUTH_FAILED/, {
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'verdict=approve',
    }),
    posted('A program sends it without the header of the page', /403 AUTH_FAILED/, {
        headers: { 'content-type': 'application/json' },
    }),
    posted('The browser says that it comes from another site', /403 AUTH_FAILED/, {
        headers: { ...PAGE, 'sec-fetch-site': 'cross-site' },
    }),
    posted('It comes through a proxy, from anywhere', /403 AUTH_FAILED/, {
        headers: { ...PAGE, 'x-forwarded-for': '203.0.113.9' },
    }),
    posted('A name of the attacker was bound to 127.0.0.1', /403 AUTH_FAILED/, {
        headers: { ...PAGE, host: 'evil.example' },
    }),
    posted('The decision is asked for by reading an address', /40[45]/, { method: 'GET', body: '' }),
    posted('The decision names no seal', /400 INPUT_INVALID: .*8 characters/, { seal: '' }),
    posted('The decision names the seal of another plan', /409 PLAN_CHANGED: This is not the current plan/, {
        seal: 'f'.repeat(64),
    }),
    posted('The body is no JSON', /400 INPUT_INVALID/, { body: '{"verdict":' }),
    posted('The verdict is none', /400 INPUT_INVALID/, { body: '{"seal":"ffffffff","verdict":"run"}' }),
];

/** Requests that the incident page must not take for a decision of the demo operator. */
export const page: Group = lineGroup('Requests to the incident page that are no decision', REQUESTS, {
    approve: (ground, id) => ground.line.approve(id),
});

const PASSWORD = 'only for tests';

/** A login to Node-RED's editor; the header that carries it. */
const as =
    (username: string) =>
    async (ground: LineGround): Promise<Post> => ({
        headers: { ...PAGE, authorization: `Bearer ${await login(ground, username)}` },
    });

async function login(ground: LineGround, username: string): Promise<string> {
    const scope = [USERS.find((user) => user.username === username)?.permissions ?? ''].flat().join(' ');
    const body = new URLSearchParams({
        client_id: 'node-red-admin',
        grant_type: 'password',
        scope,
        username,
        password: PASSWORD,
    });
    const answer = await fetch(`${ground.line.nodeRed.url}/auth/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body,
    });
    const { access_token: token } = (await answer.json()) as { access_token?: string };
    if (token === undefined) throw new Error(`${username} cannot log in: ${answer.status}`);
    return token;
}

const USERS = [
    { username: 'alice', permissions: '*' },
    { username: 'mallory', permissions: '*' },
    { username: 'viewer', permissions: ['read', 'alert-to-fix.read'] },
    { username: 'alice2', permissions: ['alert-to-fix.approve'] },
].map((user) => ({ ...user, password: bcrypt.hashSync(PASSWORD, 4) }));

const LOGINS: LineAttack[] = [
    posted('Nobody is logged in', /401|403/, {}),
    posted('A made-up login is sent', /401/, { headers: { ...PAGE, authorization: 'Bearer made-up' } }),
    posted('Somebody who may only read decides', /401|403/, as('viewer')),
    posted(
        'Somebody who may decide, and whom the policy does not name, decides',
        /403 NOT_ENTITLED: mallory .*may not decide/,
        as('mallory'),
    ),
    posted('Somebody who may decide has nearly the name of an approver', /403 NOT_ENTITLED/, as('alice2')),
    posted('Somebody names an approver in the body', /403 NOT_ENTITLED/, async (ground, id) => ({
        ...(await as('mallory')(ground)),
        body: JSON.stringify({
            seal: (await ground.line.show(id)).incident.seal?.digest,
            verdict: 'approve',
            by: { platform: 'page', id: 'alice' },
            user: 'alice',
        }),
    })),
];

/** With logins: reading without one, and deciding only as somebody who may. */
const adminAuth = `adminAuth: { type: 'credentials', users: ${JSON.stringify(USERS)}, default: { permissions: ['flows.read', 'flows.write', 'settings.read', 'alert-to-fix.read'] } },`;

export const logins: Group = lineGroup('People who may not decide on the incident page', LOGINS, {
    settings: adminAuth,
    approve: async (ground, id) => post(ground, id, await as('alice')(ground)),
});
