/** Something on which the standard flow depends, and a way in which it fails. */
export interface Fault {
    name: string;
    begin(): Promise<void> | void;
    end(): Promise<void> | void;
}

/** A fault that begins once, and ends once: by itself after its time, or earlier. */
export class Outage {
    private begun?: Promise<void>;
    private ended?: Promise<void>;
    private timer?: NodeJS.Timeout;

    constructor(
        private readonly fault: Fault,
        private readonly lastsMs: number,
    ) {}

    begin(): Promise<void> {
        this.begun ??= this.first();
        return this.begun;
    }

    async end(): Promise<void> {
        clearTimeout(this.timer);
        if (!this.begun) return;
        await this.begun;
        this.ended ??= Promise.resolve(this.fault.end());
        await this.ended;
    }

    private async first(): Promise<void> {
        await this.fault.begin();
        if (this.lastsMs < Infinity)
            this.timer = setTimeout(() => void this.end().catch(() => undefined), this.lastsMs);
    }
}
