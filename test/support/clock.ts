import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ROOT } from './package';

/** The process looks at its file more often than this, milliseconds. */
const NOTICED_MS = 100;

/**
 * The clock of a process that a test starts with `env`, which the test can set wrong: {@link file://./clock-hook.ts}.
 */
export class WrongClock {
    private readonly folder = mkdtempSync(path.join(tmpdir(), 'alert-to-fix-clock-'));
    private readonly file = path.join(this.folder, 'offset');
    /** Environment of the process, which runs the built package. */
    readonly env: NodeJS.ProcessEnv = {
        CLOCK_FILE: this.file,
        NODE_OPTIONS: `--require ${path.join(process.env.PACKAGE_FOLDER ?? ROOT, 'dist/test/support/clock-hook.js')}`,
    };

    constructor() {
        this.write(0);
    }

    /** The clock is so many milliseconds ahead from when this resolves. */
    async set(offsetMs: number): Promise<void> {
        this.write(offsetMs);
        await pause(NOTICED_MS);
    }

    remove(): void {
        rmSync(this.folder, { recursive: true, force: true });
    }

    private write(offsetMs: number): void {
        writeFileSync(`${this.file}.new`, String(offsetMs));
        renameSync(`${this.file}.new`, this.file);
    }
}
