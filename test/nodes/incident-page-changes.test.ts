import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { streamChanges } from '../../nodes/incident-page/changes';
import type { PageStore } from '../../nodes/incident-page/stores';
import { anIncident, opening } from '../support/incidents';
import { until } from '../support/processes';
import { serviceOf } from '../support/store-node';
import { temporarySqlite } from '../support/stores';

test('who follows the changes holds one listener of the store, until they leave or the flows stop', async () => {
    const { store, close } = await temporarySqlite();
    let listeners = 0;
    const watch = store.watch.bind(store);
    store.watch = (listener) => {
        const stop = watch(listener);
        listeners += 1;
        return () => {
            listeners -= 1;
            stop();
        };
    };
    const page: PageStore = {
        id: 'store',
        name: 'Store',
        service: serviceOf(store),
        security: { hasAdminAuth: false, demoOperator: false },
        hasNode: () => false,
    };
    const closing = new AbortController();
    const app = express().get('/', (request, response) => void streamChanges(request, response, page, closing.signal));
    const server = createServer(app).listen(0, '127.0.0.1');
    await until(() => server.listening);
    const { port } = server.address() as AddressInfo;

    const leaving = Array.from({ length: 20 }, () => new AbortController());
    const open = (signal?: AbortSignal): Promise<Response> => fetch(`http://127.0.0.1:${port}/`, { signal });
    await Promise.all(leaving.map(({ signal }) => open(signal)));
    const staying = await open();
    expect(listeners).toBe(21);
    for (const reader of leaving) reader.abort();
    await until(() => listeners === 1);

    const incident = anIncident();
    await store.commit(opening(incident));
    closing.abort();
    await expect(staying.text()).resolves.toContain(`data: {"id":"${incident.id}","version":1,"stage":"open"}\n\n`);
    await until(() => listeners === 0);
    const late = await open();
    await expect(late.text()).resolves.toBe('');
    expect(listeners).toBe(0);
    server.closeAllConnections();
    server.close();
    await close();
});
