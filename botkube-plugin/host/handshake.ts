/** Proves to the plugin that Botkube started it, and to nobody anything else: it is public. */
export const COOKIE = { name: 'BOTKUBE', value: '52ca7b74-28eb-4fac-ae79-31a9cbda2454' } as const;

const CORE_PROTOCOL = 1;
/** Botkube v1.9.1 to v1.14.0. */
const BOTKUBE_PROTOCOL = 3;

/** True when Botkube started this process. */
export function startedByBotkube(env: NodeJS.ProcessEnv): boolean {
    return env[COOKIE.name] === COOKIE.value;
}

/** The line that tells the host where to call; without a sixth field, which the host would read as a certificate. */
export function handshakeLine(socket: string): string {
    return `${CORE_PROTOCOL}|${BOTKUBE_PROTOCOL}|unix|${socket}|grpc`;
}
