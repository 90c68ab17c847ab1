import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './package';

export type FlowNode = { id: string; type: string; wires?: string[][] } & Record<string, unknown>;

/** An example flow as it is shipped; `changes` gives nodes, by id, the properties that only the user knows. */
export function exampleFlow(name: string, changes: Record<string, Record<string, unknown>> = {}): FlowNode[] {
    const nodes = JSON.parse(readFileSync(path.join(ROOT, 'flows', `${name}.json`), 'utf8')) as FlowNode[];
    const unknown = Object.keys(changes).filter((id) => !nodes.some((node) => node.id === id));
    if (unknown.length > 0) throw new Error(`${name} has no node ${unknown.join(', ')}`);
    return nodes.map((node) => ({ ...node, ...changes[node.id] }));
}
