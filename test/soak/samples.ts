import { readdirSync } from 'node:fs';
import type { FlowNode } from '../support/example-flow';
import type { Inside } from './inside-soak';
import { slope } from './slope';

const PATIENCE_MS = 30_000;
/** Until a process has warmed up (compiled code, caches, buffers) its growth tells nothing. */
const WARM_UP_SHARE = 1 / 3;
const MOST_WARM_UP_MS = 300_000;

/** Node-RED at one moment of the soak. */
export interface Sample extends Inside {
    /** Milliseconds of the Unix time. */
    at: number;
    /** Open file descriptors. */
    descriptors: number;
}

/** Member of settings.js that lets the flow of `lookFlow` see inside the process. */
export function lookSettings(): string {
    return `functionGlobalContext: { soak: require(${JSON.stringify(require.resolve('./inside-soak'))}) },`;
}

/** `GET /soak/look`: what `look` of inside-soak.ts answers. */
export function lookFlow(): FlowNode[] {
    const place = { z: 'soak', name: '', x: 1, y: 1 };
    return [
        { id: 'soak', type: 'tab', label: 'soak', disabled: false, info: '' },
        {
            ...place,
            id: 'soak-in',
            type: 'http in',
            url: '/soak/look',
            method: 'get',
            upload: false,
            swaggerDoc: '',
            wires: [['soak-do']],
        },
        {
            ...place,
            id: 'soak-do',
            type: 'function',
            func: "msg.payload = global.get('soak').look(); return msg;",
            outputs: 1,
            timeout: 0,
            noerr: 0,
            initialize: '',
            finalize: '',
            libs: [],
            wires: [['soak-out']],
        },
        { ...place, id: 'soak-out', type: 'http response', statusCode: '', headers: {}, wires: [] },
    ];
}

/** Rejects while Node-RED is away. */
export async function takeSample(url: string): Promise<Sample> {
    const answer = await fetch(`${url}/soak/look`, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!answer.ok) throw new Error(`Node-RED answered ${answer.status}: ${await answer.text()}`);
    const inside = (await answer.json()) as Inside;
    return { ...inside, at: Date.now(), descriptors: readdirSync(`/proc/${inside.pid}/fd`).length };
}

/** Samples of the Node-RED process that lives last. */
export function lastLife(samples: readonly Sample[]): Sample[] {
    return samples.filter(({ pid }) => pid === samples.at(-1)?.pid);
}

/** Samples of one life without those of its warming up: a third of its time, five minutes at most. */
export function warm(life: readonly Sample[]): Sample[] {
    const [first, last] = [life[0]?.at ?? 0, life.at(-1)?.at ?? 0];
    return life.filter(({ at }) => at - first >= Math.min((last - first) * WARM_UP_SHARE, MOST_WARM_UP_MS));
}

/** MiB an hour, by least squares. */
export function growth(samples: readonly Sample[], of: 'resident' | 'heap'): number {
    return slope(samples.map((sample) => [sample.at / 3_600_000, sample[of] / 2 ** 20] as const));
}
