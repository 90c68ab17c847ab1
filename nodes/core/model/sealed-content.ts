/**
 * One version of all that a fix is made of, as its executor sealed it: plain JSON. Core shows it, compares it and seals
 * it into the plan; only the executor that made it knows where the content itself is kept.
 */
export interface SealedContent {
    /** Which kind of executor made it, e.g. `ansible`. An executor refuses content of another kind. */
    kind: string;
    /** Where the hosts come from, in the executor's own words: for Ansible the inventory's path in the library. */
    inventory: string;
    /**
     * Digest of each part that decides what runs, by its name. Each playbook that a plan calls is one of these names.
     * See {@link shownDigest}.
     */
    digests: Record<string, string>;
}

/** What differs between two versions: the first part that does, and how many more. */
export interface ContentDifference {
    name: string;
    was: string;
    now: string;
    more: number;
}

/** The first difference between two versions; undefined when they are the same. */
export function contentDifference(was: SealedContent, now: SealedContent): ContentDifference | undefined {
    if (was.kind !== now.kind) return { name: 'The kind of executor', was: was.kind, now: now.kind, more: 0 };
    if (was.inventory !== now.inventory)
        return { name: 'The inventory', was: was.inventory, now: now.inventory, more: 0 };
    const names = [...new Set([...Object.keys(was.digests), ...Object.keys(now.digests)])].sort();
    const [name, ...others] = names.filter(
        (candidate) => digestOf(was.digests, candidate) !== digestOf(now.digests, candidate),
    );
    if (name === undefined) return undefined;
    return {
        name,
        was: shownDigest(digestOf(was.digests, name)),
        now: shownDigest(digestOf(now.digests, name)),
        more: others.length,
    };
}

/** The digest of one part. A part may have any name, such as `constructor`. */
export function digestOf(digests: Record<string, string>, name: string): string | undefined {
    return Object.hasOwn(digests, name) ? digests[name] : undefined;
}

/** A digest for people: `1f2e3d4c`, `executable 1f2e3d4c`, `link to roles/x`, `missing`. */
export function shownDigest(digest: string | undefined): string {
    return digest?.replace(/[0-9a-f]{64}$/, (hex) => hex.slice(0, 8)) ?? 'missing';
}
