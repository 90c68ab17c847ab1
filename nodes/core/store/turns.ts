import { FixError } from '../errors';

interface Line {
    waiting: { begin(): void; fail(thrown: FixError): void }[];
}

/**
 * One at a time for each key, in the order in which they came. A key with nobody at work takes no memory, and no time: the
 * first begins at once.
 */
export class Turns {
    private readonly lines = new Map<string, Line>();

    /** How many keys somebody works on. */
    get size(): number {
        return this.lines.size;
    }

    /**
     * Does `work` when those that came before for `key` have ended, however they ended. After `STORE_DOWN` the others in line, each of
     * which would take as long to fail, fail with it at once. `work` must not wait for another turn of its own key.
     */
    async take<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
        const line = await this.turn(key);
        let down: FixError | undefined;
        try {
            return await work();
        } catch (thrown) {
            if (thrown instanceof FixError && thrown.code === 'STORE_DOWN') down = thrown;
            throw thrown;
        } finally {
            if (down) this.fail(line, down);
            this.next(key, line);
        }
    }

    private async turn(key: string): Promise<Line> {
        const line = this.lines.get(key);
        if (!line) {
            const own: Line = { waiting: [] };
            this.lines.set(key, own);
            return own;
        }
        await new Promise<void>((begin, fail) => line.waiting.push({ begin, fail }));
        return line;
    }

    private fail(line: Line, down: FixError): void {
        for (const { fail } of line.waiting.splice(0)) fail(down);
    }

    private next(key: string, line: Line): void {
        const next = line.waiting.shift();
        if (next) next.begin();
        else this.lines.delete(key);
    }
}
