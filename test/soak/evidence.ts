import { readFileSync } from 'node:fs';
import path from 'node:path';
import { openSource } from '../../nodes/cli/audit-source';
import { type AuditResult, verifyAudit } from '../../nodes/core/audit/verify';
import { KeyRing, signingKey } from '../../nodes/core/signing/keys';
import type { Kept } from './judge';

/** What the store holds, and what an audit of it says. */
export interface Evidence {
    incidents: Kept[];
    audit: AuditResult;
    /** Broken links in a few words, and whatever keeps the audit from being one. */
    brokenLinks: string[];
}

/**
 * Reads the store after Node-RED has ended: `folder` is the store's, `redisPort` that of the Redis which holds the
 * incidents, if one does.
 */
export async function readEvidence(folder: string, redisPort?: number): Promise<Evidence> {
    const place =
        redisPort === undefined
            ? { kind: 'folder' as const, folder }
            : { kind: 'redis' as const, url: `redis://127.0.0.1:${redisPort}`, namespace: 'a2f', cluster: false };
    const keys = new KeyRing([signingKey(readFileSync(path.join(folder, 'signing.key')))]);
    const { source, close } = await openSource(place);
    const incidents: Kept[] = [];
    try {
        const audit = await verifyAudit(source, {
            keys,
            looked: ({ state, entries }) => {
                if (state) incidents.push({ incident: state, entries });
            },
        });
        return { incidents, audit, brokenLinks: brokenLinksOf(audit) };
    } finally {
        await close();
    }
}

function brokenLinksOf({ links, broken, anchors, notAnchored }: AuditResult): string[] {
    return [
        ...links.map((link) => JSON.stringify(link)),
        links.length < broken && `and ${broken - links.length} more`,
        anchors === 0 && 'there is no anchor',
        notAnchored > 0 && `${notAnchored} entries are in no anchor though Node-RED ended in peace`,
    ].filter((link) => link !== false);
}
