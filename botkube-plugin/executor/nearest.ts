/** The candidate that is most likely meant by `typed`, or undefined when none comes near. */
export function nearest(typed: string, candidates: readonly string[]): string | undefined {
    const asked = typed.toLowerCase();
    const longerForm = candidates.find((candidate) => asked.length >= 2 && candidate.startsWith(asked));
    if (longerForm !== undefined) return longerForm;
    const ranked = candidates
        .filter((candidate) => asked.length <= candidate.length + allowed(candidate))
        .map((candidate) => ({ candidate, away: distance(asked, candidate.toLowerCase()) }))
        .sort((a, b) => a.away - b.away);
    const best = ranked[0];
    return best && best.away <= allowed(best.candidate) ? best.candidate : undefined;
}

/** How far away a typed name may be. Longer ones are not even compared: what is typed may be megabytes. */
function allowed(candidate: string): number {
    return Math.max(1, Math.floor(candidate.length / 3));
}

/** How many letters must be put in, left out, changed, or swapped with their neighbour (optimal string alignment). */
function distance(a: string, b: string): number {
    const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
    for (let i = 1; i <= a.length; i += 1) {
        const row = [i];
        for (let j = 1; j <= b.length; j += 1) {
            const above = rows[i - 1]?.[j] ?? 0;
            const changed = (rows[i - 1]?.[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
            const swapped =
                i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
                    ? (rows[i - 2]?.[j - 2] ?? 0) + 1
                    : Infinity;
            row.push(Math.min(above + 1, (row[j - 1] ?? 0) + 1, changed, swapped));
        }
        rows.push(row);
    }
    return rows[a.length]?.[b.length] ?? 0;
}
