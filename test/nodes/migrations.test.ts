import type { NodeAPI, NodeDef } from 'node-red';
import editorSupport from '../../nodes/editor-support/editor-support';
import type { ServiceNode } from '../../nodes/runtime/config-node';
import { defineNode } from '../../nodes/runtime/define-node';
import type { IncidentMessage } from '../../nodes/runtime/message';
import { helper } from '../support/node-red';
import { until } from '../support/processes';

interface GreeterConfig extends NodeDef {
    greeting: { text: string; loud: boolean };
}

/** Version 1 had `hello`, version 2 renamed it to `greeting`, version 3 made it an object. */
function greeter(RED: NodeAPI): void {
    defineNode<GreeterConfig>(
        RED,
        'greeter',
        ({ config }) => ({
            input: async (msg, send) =>
                send({ ...msg, payload: config.greeting.loud ? `${config.greeting.text}!` : config.greeting.text }),
        }),
        {
            migrations: [
                (settings) => settings,
                ({ hello, ...others }) => ({ ...others, greeting: hello }),
                ({ greeting, ...others }) => ({ ...others, greeting: { text: greeting, loud: true } }),
            ],
        },
    );
}

const sent: IncidentMessage[] = [];
const caught: IncidentMessage[] = [];

beforeAll(() => new Promise<void>((resolve) => helper.startServer(resolve)));
afterEach(async () => {
    await helper.unload();
    sent.length = 0;
    caught.length = 0;
});
afterAll(() => new Promise<void>((resolve) => helper.stopServer(resolve)));

/** Deploys a greeter with these settings and lets it greet once. */
async function greet(settings: object): Promise<void> {
    const flow = [
        { id: 'tab', type: 'tab' },
        { id: 'hall', type: 'greeter', z: 'tab', wires: [['next']], ...settings },
        { id: 'catch-1', type: 'catch', z: 'tab', scope: null, wires: [['caught']] },
        { id: 'next', type: 'helper', z: 'tab' },
        { id: 'caught', type: 'helper', z: 'tab' },
    ];
    await helper.load([greeter, editorSupport] as never, flow as never);
    helper.getNode('next').on('input', (msg) => sent.push(msg as IncidentMessage));
    helper.getNode('caught').on('input', (msg) => caught.push(msg as IncidentMessage));
    helper.getNode('hall').receive({});
    await until(() => sent.length + caught.length > 0);
}

describe('a deployed node', () => {
    test.each([
        ['without a version', { hello: 'Good morning' }],
        ['of the first version', { hello: 'Good morning', version: 1 }],
        ['of the version before the newest', { greeting: 'Good morning', version: 2 }],
        ['of the newest version', { greeting: { text: 'Good morning', loud: true }, version: 3 }],
    ])('%s runs', async (_what, settings) => {
        await greet(settings);
        expect(sent).toEqual([expect.objectContaining({ payload: 'Good morning!' })]);
        expect(caught).toEqual([]);
    });

    test('of a newer version runs nothing, and says what to do', async () => {
        await greet({ greeting: { text: 'Good morning', loud: true }, version: 4 });
        expect(sent).toEqual([]);
        expect(caught).toEqual([
            expect.objectContaining({
                error: expect.objectContaining({
                    code: 'CONFIG_INVALID',
                    message: expect.stringMatching(/\(version\) Update @alert-to-fix\/node-red/),
                }),
            }),
        ]);
        expect((helper.getNode('hall') as ServiceNode<never>).unusable).toMatchObject({ field: 'version' });
    });
});

describe('the editor', () => {
    test('gets the settings of each node in the newest version, or why there are none', async () => {
        await greet({ hello: 'Good morning' });
        const { body } = await helper
            .request()
            .post('/alert-to-fix/node-settings')
            .send({
                nodes: [
                    { type: 'greeter', name: 'old', hello: 'Hi' },
                    { type: 'greeter', version: 4 },
                    { type: 'unknown-type' },
                ],
            })
            .expect(200);
        expect(body).toEqual({
            nodes: [
                { settings: { name: 'old', greeting: { text: 'Hi', loud: true }, version: 3 }, from: 0 },
                { error: expect.objectContaining({ code: 'CONFIG_INVALID', cure: expect.stringContaining('Update') }) },
                { error: expect.objectContaining({ code: 'INPUT_INVALID' }) },
            ],
        });
    });

    test('is refused when it sends no nodes', async () => {
        await greet({ hello: 'Good morning' });
        await helper.request().post('/alert-to-fix/node-settings').send({ nodes: 'all' }).expect(400);
    });
});
