/**
 * The TCP port that `text` names; throws one sentence with `name`, the setting it comes from, and the cure. `lowest` 0
 * also allows "any free port".
 */
export function parsePort(name: string, text: string, lowest: 0 | 1 = 1): number {
    const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
    if (port >= lowest && port <= 65_535) return port;
    throw new Error(`${name} is "${text}": set it to a port number from ${lowest} to 65535.`);
}
