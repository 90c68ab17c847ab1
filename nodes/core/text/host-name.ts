/** A host as labels name it, without the port behind it: `web-1:9100` → `web-1`, `[::1]:9100` → `::1`; `::1` stays. */
export function withoutPort(name: string): string {
    const bracketed = /^\[([0-9A-Fa-f:.]+)\](?::\d{1,5})?$/.exec(name);
    return bracketed?.[1] ?? name.replace(/^([^:]+):\d{1,5}$/, '$1');
}
