import type { Node, NodeStatusFill, NodeStatusShape } from 'node-red';
import { clip } from '../core/text/cut';

/** The one owner of a node's status. Green is only for what is really so. */
export class Status {
    constructor(private readonly node: Node) {}

    ready(text: string): void {
        this.set('green', 'dot', text);
    }

    idle(text: string): void {
        this.set('grey', 'ring', text);
    }

    busy(text: string): void {
        this.set('blue', 'dot', text);
    }

    waiting(text: string): void {
        this.set('yellow', 'ring', text);
    }

    failed(text: string): void {
        this.set('red', 'ring', text);
    }

    clear(): void {
        this.node.status({});
    }

    private set(fill: NodeStatusFill, shape: NodeStatusShape, text: string): void {
        this.node.status({ fill, shape, text: clip(text, 40) });
    }
}
