import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT } from './package';

/**
 * A write to the store, named by the timeline entries it makes, or a start of Ansible; the n-th of its name in the life
 * of an incident.
 */
export interface Point {
    name: string;
    occurrence: number;
}

/** What to do at which point. */
export interface Order {
    /** Points are counted anew for each order, of the incidents that are opened after it. */
    id: number;
    /** Absent: only write down what is passed. */
    point?: Point;
    /**
     * `middle`, `end`: only where Ansible starts; once `middle.file` has the text, or once Ansible has written its
     * result.
     */
    when: 'before' | 'after' | 'middle' | 'end';
    middle?: { file: string; text: string };
    /** Processes that die at once; or an address that is asked before the process goes on. */
    act: { kill: (number | 'self' | 'ansible')[] } | { tell: string };
}

/** A line of what was passed. */
export interface Passed extends Point {
    order: number;
    /** The order that was carried out here. */
    done?: number;
}

/** Both ends of {@link file://./journal-hook.ts}: orders for the process that is watched, and what it passed. */
export class Journal {
    private readonly folder = mkdtempSync(path.join(tmpdir(), 'alert-to-fix-journal-'));
    private readonly passedFile = path.join(this.folder, 'passed.jsonl');
    private id = 0;

    constructor() {
        writeFileSync(this.passedFile, '');
    }

    /** Environment of the process to watch, which runs the built package. */
    readonly env: NodeJS.ProcessEnv = {
        JOURNAL_FOLDER: this.folder,
        NODE_OPTIONS: `--require ${path.join(process.env.PACKAGE_FOLDER ?? ROOT, 'dist/test/support/journal-hook.js')}`,
    };

    /** Gives an order; the one before is void. */
    order(order: Omit<Order, 'id'>): void {
        this.id += 1;
        const file = path.join(this.folder, 'order.json');
        writeFileSync(`${file}.new`, JSON.stringify({ id: this.id, ...order }));
        renameSync(`${file}.new`, file);
    }

    /** Only writes down what is passed from now on. */
    record(): void {
        this.order({ when: 'before', act: { kill: [] } });
    }

    /** The points passed since the last order, in their order; each once, also when a restart passes it again. */
    points(): Point[] {
        const found = new Map(
            this.passed().map(({ name, occurrence }) => [`${name}#${occurrence}`, { name, occurrence }]),
        );
        return [...found.values()];
    }

    /** Was the last order carried out? */
    isDone(): boolean {
        return this.passed().some(({ done }) => done === this.id);
    }

    remove(): void {
        rmSync(this.folder, { recursive: true, force: true });
    }

    private passed(): Passed[] {
        const lines = readFileSync(this.passedFile, 'utf8').split('\n').filter(Boolean);
        return lines.map((line) => JSON.parse(line) as Passed).filter(({ order }) => order === this.id);
    }
}
