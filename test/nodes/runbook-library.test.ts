import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import runbookLibrary from '../../nodes/runbook-library/runbook-library';
import type { ServiceNode } from '../../nodes/runtime/config-node';
import type { RunbookLibraryService } from '../../nodes/runtime/services';
import { helper } from '../support/node-red';
import { until } from '../support/processes';
import { knowledgeRunbook } from '../support/runbook-text';

let folder: string;

beforeAll(() => new Promise<void>((resolve) => helper.startServer(resolve)));
afterAll(() => new Promise<void>((resolve) => helper.stopServer(resolve)));

beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'library-'));
    mkdirSync(join(folder, 'runbooks'));
});

afterEach(async () => {
    await helper.unload();
    rmSync(folder, { recursive: true, force: true });
});

async function deploy(config: Record<string, string>): Promise<ServiceNode<RunbookLibraryService>> {
    const flow = [
        { id: 'library', type: 'runbook-library', name: '', source: 'folder', folder, inventory: '', ...config },
    ];
    await helper.load(runbookLibrary, flow);
    return helper.getNode('library');
}

function logged(): string[] {
    return helper.log().args.map(([entry]) => String((entry as { msg?: unknown }).msg));
}

test('a folder is offered to other nodes', async () => {
    writeFileSync(join(folder, 'runbooks/one.yaml'), knowledgeRunbook('one'));
    const node = await deploy({});
    expect(node.service?.library.runbooks().map(({ id }) => id)).toEqual(['one']);
    expect(node.service?.library.folder).toBe(folder);
    expect(node.service?.library.inventory).toBe(join(folder, 'inventory.ini'));
});

test('another inventory may be named', async () => {
    const node = await deploy({ inventory: 'hosts/production.ini' });
    expect(node.service?.library.inventory).toBe(join(folder, 'hosts/production.ini'));
});

test('the starter library is good as it is', async () => {
    const node = await deploy({ source: 'starter', folder: '' });
    expect(node.service?.library.problems()).toEqual([]);
    expect(node.service?.library.runbooks().length).toBeGreaterThanOrEqual(8);
});

test.each([
    ['', 'folder'],
    ['${NO_SUCH_VARIABLE}', 'NO_SUCH_VARIABLE'],
])('the folder %j is refused with a sentence', async (wrong, named) => {
    const node = await deploy({ folder: wrong });
    expect(node.service).toBeUndefined();
    expect(logged().some((line) => line.includes(named))).toBe(true);
});

test('problems are logged with file, line, field and cure, and shown by the admin route; an edit mends both', async () => {
    writeFileSync(join(folder, 'runbooks/one.yaml'), knowledgeRunbook('one'));
    writeFileSync(join(folder, 'runbooks/two.yaml'), 'id: two\ntitle: 7\nalerts: [x="y"]\n');
    const node = await deploy({});
    expect(logged()).toContain(
        'runbooks/two.yaml:2 title: This must be a text, but is 7. Write a text; quote it if it looks like a number.',
    );

    const reply = await helper.request().get('/alert-to-fix/runbook-library/library').expect(200);
    expect(reply.body).toEqual({
        folder,
        inventory: join(folder, 'inventory.ini'),
        runbooks: [{ id: 'one', title: 'one', alerts: ['alertname="one"'], actions: [] }],
        problems: [
            {
                file: 'runbooks/two.yaml',
                line: 2,
                field: 'title',
                message: expect.any(String),
                cure: expect.any(String),
            },
        ],
    });

    writeFileSync(join(folder, 'runbooks/two.yaml'), knowledgeRunbook('two'));
    await until(() => node.service?.library.runbooks().length === 2);
    const mended = await helper.request().get('/alert-to-fix/runbook-library/library').expect(200);
    expect(mended.body).toMatchObject({ runbooks: [{ id: 'one' }, { id: 'two' }], problems: [] });
});

test('the admin route tells when no such library is deployed', async () => {
    await deploy({});
    await helper
        .request()
        .get('/alert-to-fix/runbook-library/other')
        .expect(404, { code: 'CONFIG_MISSING', message: 'No such runbook library is deployed.' });
});
