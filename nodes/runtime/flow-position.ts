import type { FlowPosition } from '../core/model/incident';
import { INSTANCE } from './instance';

/** Flow positions of one node in this process, to be written with `movingTo` of `core/incident/flow.ts`. */
export interface Positions {
    /** The node has begun its step. */
    working(): FlowPosition;
    /** The node puts the incident on this output (from 0) right after this is written. */
    sent(output: number): FlowPosition;
    /** Nothing happens before `until`. */
    held(until: Date): FlowPosition;
}

export function positionsOf(node: string): Positions {
    return {
        working: () => ({ node, state: 'working', instance: INSTANCE }),
        sent: (output) => ({ node, state: 'sent', port: output, instance: INSTANCE }),
        held: (until) => ({ node, state: 'held', until: until.toISOString(), instance: INSTANCE }),
    };
}
