/** One line of the report. */
export interface Figure {
    name: string;
    /** What was measured, as people read it. */
    value: string;
    /** What it is compared with in the same run. */
    yardstick?: string;
    /** Value in parts of the yardstick. */
    ratio?: number;
    /** What is aimed at; absent for figures that are only told. */
    aim?: { text: string; met: boolean };
}

/** What a measurement gives, in the order of the report. */
export interface Measurement {
    title: string;
    figures: Figure[];
}

/** How long and how often is measured. */
export interface Effort {
    quick: boolean;
    /** Tells the person who waits what is being done. */
    progress(text: string): void;
}

/** The value below which `share` (0 to 1) of the values lie; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
    const sorted = [...values].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** The middle value, or the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
    const sorted = [...values].sort((a, b) => a - b);
    const [low = NaN, high = NaN] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
    return (low + high) / 2;
}

/** An aim that the value must reach, or (`at most`) not exceed. */
export function aim(
    value: number,
    bound: 'at least' | 'at most',
    limit: number,
    unit = '',
): { text: string; met: boolean } {
    const isAtLeast = bound === 'at least';
    return { text: `${isAtLeast ? '≥' : '≤'} ${limit}${unit}`, met: isAtLeast ? value >= limit : value <= limit };
}

/** `1.2 ms`, `340 ms`. */
export function milliseconds(value: number): string {
    return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
}

/**
 * The measurement as a Markdown table, so that it can be pasted into the documentation; without columns in which
 * nothing stands.
 */
export function table({ title, figures }: Measurement): string {
    const rows = figures.map(({ name, value, yardstick, ratio, aim: aimed }) => [
        name,
        value,
        yardstick ?? '',
        ratio === undefined ? '' : ratio.toFixed(2),
        aimed?.text ?? '',
        aimed === undefined ? '' : aimed.met ? 'met' : 'MISSED',
    ]);
    const columns = [0, 1, 2, 3, 4, 5].filter((column) => rows.some((row) => row[column] !== ''));
    const lines = [['', 'measured', 'yardstick', 'ratio', 'aim', ''], ...rows].map((line) =>
        columns.map((column) => line[column] ?? ''),
    );
    const widths = columns.map((_, column) => Math.max(3, ...lines.map((line) => (line[column] ?? '').length)));
    const [head = '', ...body] = lines.map(
        (line) => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
    );
    return [`## ${title}`, '', head, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...body, ''].join(
        '\n',
    );
}
