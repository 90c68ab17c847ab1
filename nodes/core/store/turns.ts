import { FixError } from '../errors';

interface Line {
    working: number;
    /** Calls the next one in. */
    waiting: (() => void)[];
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
     * Does `work` when those that came before for `key` have ended, however they ended. After `STORE_DOWN` nobody waits for the
     * next in line, which would take as long to fail: all go at once. `work` must not wait for another turn of its own key.
     */
    async take<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
        const line = await this.turn(key);
        let isDown = false;
        try {
            return await work();
        } catch (thrown) {
            isDown = thrown instanceof FixError && thrown.code === 'STORE_DOWN';
            throw thrown;
        } finally {
            this.leave(key, line, isDown);
        }
    }

    private async turn(key: string): Promise<Line> {
        const line = this.lines.get(key);
        if (!line) {
            const own = { working: 1, waiting: [] };
            this.lines.set(key, own);
            return own;
        }
        await new Promise<void>((begin) => line.waiting.push(begin));
        return line;
    }

    private leave(key: string, line: Line, isDown: boolean): void {
        line.working -= 1;
        const next = line.waiting.splice(0, isDown ? Infinity : Number(line.working === 0));
        line.working += next.length;
        for (const begin of next) begin();
        if (line.working === 0) this.lines.delete(key);
    }
}
