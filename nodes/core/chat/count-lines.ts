import type { HostStats } from '../model/run';
import { plainLine } from '../text/plain-text';
import { fill } from './texts';

/**
 * One line a host of how many tasks came to what. Ansible counts a changed task as ok, too; here each task is counted
 * once:
 * `{ok}` of the text are those that left everything as it was.
 */
export function countLines(text: string, hosts: Readonly<Record<string, HostStats>>): string[] {
    return Object.entries(hosts).map(([host, counts]) =>
        fill(text, { host: plainLine(host), ...counts, ok: Math.max(0, counts.ok - counts.changed) }),
    );
}
