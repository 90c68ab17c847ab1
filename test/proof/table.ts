import { breaches, type GroupReport, type Row } from './matrix';

/** Longest text of a cell: what happened is told in full only of a breach, below the table. */
const MAX_CELL = 110;
const HEAD = ['case', 'expected', 'what happened', ''];

/**
 * The group as a Markdown table, so that it can be pasted into the documentation; breaches are told in full below it.
 */
export function tableOf({ name, rows, seconds }: GroupReport): string {
    const cells = rows.map((row) =>
        [row.name, row.expected, happened(row), breaches(row).length === 0 ? 'ok' : 'BREACH'].map(cell),
    );
    const lines = [HEAD, ...cells];
    const widths = HEAD.map((_title, column) => Math.max(3, ...lines.map((line) => (line[column] ?? '').length)));
    const [head = '', ...body] = lines.map(
        (line) => `| ${line.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`,
    );
    const told = rows.flatMap((row) => breaches(row).map(({ happened: text }) => `BREACH ${row.name}: ${text}`));
    return [
        `### ${name}: ${countsOf([{ name, rows, seconds }])}`,
        '',
        head,
        `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`,
        ...body,
        '',
        ...told.flatMap((text) => [text, '']),
    ].join('\n');
}

/** `12 cases, 240 rounds, 0 breaches, 310 s`. */
export function countsOf(reports: readonly GroupReport[]): string {
    const rows = reports.flatMap((report) => report.rows);
    const rounds = rows.reduce((sum, { results }) => sum + results.length, 0);
    const broken = breachesOf(reports);
    const seconds = reports.reduce((sum, report) => sum + report.seconds, 0);
    return `${rows.length} cases, ${rounds} rounds, ${broken} ${broken === 1 ? 'breach' : 'breaches'}, ${Math.round(seconds)} s`;
}

/** How many rounds broke the promise. */
export function breachesOf(reports: readonly GroupReport[]): number {
    return reports.flatMap(({ rows }) => rows).reduce((sum, row) => sum + breaches(row).length, 0);
}

/** Each thing that happened, with how often; the commonest first. */
function happened({ results }: Row): string {
    const counts = new Map<string, number>();
    for (const { happened: text } of results) counts.set(text, (counts.get(text) ?? 0) + 1);
    const sorted = [...counts].sort(([, a], [, b]) => b - a);
    return sorted.map(([text, count]) => (results.length === 1 ? text : `${count} × ${text}`)).join('; ');
}

function cell(text: string): string {
    const line = text.replaceAll('|', '\\|').replace(/\s+/g, ' ').trim();
    return line.length <= MAX_CELL ? line : `${line.slice(0, MAX_CELL - 1)}…`;
}
