import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { NodeAPI } from 'node-red';
import { newestVersion } from '../../nodes/runtime/migrations';
import { nodeFolder, nodeHtml, nodeTypes, ROOT } from '../support/package';

/** As much of Node-RED as the registration of a node needs. */
const RED = {
    nodes: { registerType: () => undefined },
    httpAdmin: { get: () => undefined, post: () => undefined },
    auth: { needsPermission: () => undefined },
} as unknown as NodeAPI;

beforeAll(() => {
    for (const type of nodeTypes) {
        const register = require(path.join(nodeFolder(type), type)) as (red: NodeAPI) => void;
        register(RED);
    }
});

test.each(nodeTypes)('%s: the editor saves new nodes with the newest version that the migrations lead to', (type) => {
    const saved = /^ *version: \{ value: (\d+) \},$/m.exec(nodeHtml(type))?.[1];
    expect(newestVersion(type)).toBeGreaterThanOrEqual(1);
    expect(Number(saved)).toBe(newestVersion(type));
});

test('the example flows are of the newest version', () => {
    const files = readdirSync(path.join(ROOT, 'flows')).filter((name) => name.endsWith('.json'));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
        const flow = JSON.parse(readFileSync(path.join(ROOT, 'flows', file), 'utf8')) as {
            id: string;
            type: string;
            version?: number;
        }[];
        for (const { id, type, version } of flow.filter((node) => nodeTypes.includes(node.type)))
            expect({ file, id, version }).toEqual({ file, id, version: newestVersion(type) });
    }
});
