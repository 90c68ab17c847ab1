import type { AuditResult, BrokenLink } from '../core/audit/verify';

/** The result of an audit as lines for a person. */
export function auditReport(result: AuditResult): string {
    const { incidents, entries, anchors, newest, signatures, notAnchored, notAnchoredSince, found, links, broken } =
        result;
    const [first, ...others] = links;
    return [
        `Incidents: ${incidents}, with ${entries} timeline entries. Anchors: ${anchors}.`,
        newest
            ? `Newest anchor: ${newest.seq}:${newest.hash} of ${newest.at}. Keep it elsewhere, and give it to --expect next time.`
            : 'There is no anchor: nobody signed what is in these timelines.',
        signatures === 'checked'
            ? `Signatures: ${newest ? 'checked' : 'none to check'}.`
            : 'Signatures: NOT CHECKED, because no signing key was given; see --key-file.',
        notAnchored > 0 &&
            `Not anchored yet: ${notAnchored} entries, the oldest of ${notAnchoredSince}. Entries are anchored within 10 s; older ones were written while nobody could sign.`,
        found > 0 && `Found: ${found} incidents were anchored by a process that did not write them, as after a crash.`,
        '',
        first ? `FIRST BROKEN LINK: ${linkText(first)}` : wholeText(result),
        others.length > 0 && `Then: ${broken - 1} more.`,
        ...others.map((link) => `  ${linkText(link)}`),
        links.length < broken && `  … and ${broken - links.length} more.`,
    ]
        .filter((line) => line !== false)
        .join('\n');
}

/** Without anchors nothing says that the timelines are the true ones, or all. */
function wholeText({ newest, incidents }: AuditResult): string {
    if (newest || incidents === 0) return 'The chain is whole.';
    return 'Each timeline is consistent in itself. Nothing proves that it is the one that was written: if there were anchors, somebody removed them all.';
}

/** One sentence. */
function linkText(link: BrokenLink): string {
    if ('incident' in link) return `incident ${link.incident}, ${incidentText(link)}`;
    switch (link.fault) {
        case 'altered':
            return `anchor ${link.anchor} was altered.`;
        case 'missing':
            return `anchor ${link.anchor} is missing.`;
        case 'not-following':
            return `anchor ${link.anchor} does not follow on anchor ${link.anchor - 1}: one of the two was replaced.`;
        case 'not-expected':
            return `anchor ${link.anchor} is not the one that was expected.`;
        case 'signature-wrong':
            return `anchor ${link.anchor} was not signed with the key it names.`;
        case 'key-unknown':
            return `anchor ${link.anchor} is signed with a key that was not given; if it is an old key of this store, give it too.`;
    }
}

function incidentText(link: Extract<BrokenLink, { incident: string }>): string {
    switch (link.fault) {
        case 'entry-altered':
            return `entry ${link.seq}: it was altered, or does not follow on the entry before.`;
        case 'entry-missing':
            return `entry ${link.seq}: it is missing.`;
        case 'rewritten':
            return `entry ${link.seq}: the entries from here to ${link.named} are not those that anchor ${link.anchor} names.`;
        case 'tail-cut':
            return `entry ${link.seq}: the timeline ends before it; ${link.anchor === undefined ? 'the record of the incident' : `anchor ${link.anchor}`} names entry ${link.named}.`;
        case 'record-altered':
            return `entry ${link.seq}: the record of the incident is gone or names another entry.`;
        case 'state-altered':
            return `entry ${link.seq}: the ${link.what} in the record of the incident is not the one that this entry names.`;
        case 'incident-missing':
            return `entry 1: the incident is not there, and was not deleted by retention; anchor ${link.anchor} names it.`;
        case 'not-anchored':
            return `entry ${link.seq}: no anchor names the entries from here on, since ${link.since}: nobody could sign them, or the anchors that did were removed.`;
        case 'unreadable':
            return `entry ${link.seq}: it cannot be read: ${link.reason}.`;
    }
}
