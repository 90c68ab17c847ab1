import { createInterface } from 'node:readline';
import { RedisStore } from '../../nodes/adapters/redis/redis-store';
import approvalGate from '../../nodes/approval-gate/approval-gate';
import { helper } from './node-red';
import { serviceOf, storeNode } from './store-node';

/**
 * A Node-RED process with one approval gate on a shared Redis, for tests with several of them. Its argument is the
 * port of Redis. Reads incident ids, one a line, and brings them to the gate; writes `ready`, then a line
 * `<output> <incident id> <mark>` for each message that comes out. `mark` is its property of the message.
 */
async function main(): Promise<void> {
    const store = new RedisStore({ mode: 'standalone', nodes: [{ host: '127.0.0.1', port: Number(process.argv[2]) }] });
    await store.open();
    const outputs = ['approved', 'refused', 'waiting'];
    const flow: ({ id: string; type: string } & Record<string, unknown>)[] = [
        { id: 'tab', type: 'tab' },
        { id: 'store', type: 'incident-store' },
        {
            id: 'gate',
            z: 'tab',
            type: 'approval-gate',
            store: 'store',
            chat: '',
            groups: [],
            expiryMinutes: 60,
            escalateMinutes: 0,
            rules: [
                { name: 'all', match: '', risks: ['low', 'medium', 'high'], decision: 'one', approvers: 'page:alice' },
            ],
            wires: outputs.map((output) => [output]),
        },
        ...outputs.map((id) => ({ id, z: 'tab', type: 'helper' })),
    ];
    await helper.load([storeNode(() => serviceOf(store)), approvalGate], flow);
    for (const output of outputs) {
        helper.getNode(output).on('input', (msg) => {
            const { topic, mark } = msg as { topic?: string; mark?: string };
            process.stdout.write(`${output} ${topic} ${mark ?? 'unmarked'}\n`);
        });
    }
    createInterface({ input: process.stdin }).on('line', (id) =>
        helper.getNode('gate').receive({ incident: { id }, mark: 'marked' } as never),
    );
    process.stdout.write('ready\n');
}

void main();
