/** Counts the characters that a message may still hold. */
export class Budget {
    constructor(private room: number) {}

    get left(): number {
        return this.room;
    }

    has(length: number): boolean {
        return this.room >= length;
    }

    /** The text, or as much of it as there is room for. */
    take(text: string): string {
        const taken = text.length <= this.room ? text : text.slice(0, this.room).replace(/[\ud800-\udbff]$/, '');
        this.room -= taken.length;
        return taken;
    }
}
