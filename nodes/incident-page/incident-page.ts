import path from 'node:path';
import type { NextFunction, Request, Response } from 'express';
import type { Node, NodeAPI } from 'node-red';
import { FixError } from '../core/errors';
import type { ServiceNode } from '../runtime/config-node';
import type { IncidentStoreService } from '../runtime/services';
import { answerError, decideIncident, listIncidents, showIncident, showLog, streamChanges, type PageStore } from './api';

/** Where the page lives, below Node-RED's admin root. */
const ROOT = '/alert-to-fix';
const STATIC = path.join(__dirname, 'static');
const FILES = new Set(['app.js', 'card.js', 'texts.js', 'style.css']);

type PageHandler = (request: Request, response: Response, store: PageStore) => Promise<void>;

/**
 * The incident page: a Node-RED plugin, because it belongs to no node. Reading needs the permission
 * `alert-to-fix.read`, deciding `alert-to-fix.approve`; both are checked by Node-RED's admin authentication.
 */
export = function incidentPage(RED: NodeAPI): void {
    const admin = RED.httpAdmin;
    if (!admin) {
        RED.log.warn('alert-to-fix: httpAdminRoot is false, so there is no incident page.');
        return;
    }
    let closing = new AbortController();
    RED.events.on('flows:stopping', () => {
        closing.abort();
        closing = new AbortController();
    });

    const withStore = (handler: PageHandler) => (request: Request, response: Response): void => {
        Promise.resolve()
            .then(() => handler(request, response, findStore(RED, request.query.store)))
            .catch((thrown: unknown) => answerError(response, thrown));
    };
    const mayRead = RED.auth.needsPermission('alert-to-fix.read');
    const mayApprove = RED.auth.needsPermission('alert-to-fix.approve');

    admin.get(`${ROOT}/api/stores`, mayRead, (_request, response) => {
        response.json({ stores: pageStores(RED).map(({ id, name }) => ({ id, name })) });
    });
    admin.get(`${ROOT}/api/incidents`, mayRead, withStore(listIncidents));
    admin.get(`${ROOT}/api/incidents/:id`, mayRead, withStore(showIncident));
    admin.get(`${ROOT}/api/incidents/:id/log`, mayRead, withStore(showLog));
    admin.get(`${ROOT}/api/changes`, mayRead, withStore((request, response, store) => streamChanges(request, response, store, closing.signal)));
    admin.post(`${ROOT}/api/incidents/:id/decision`, mayApprove, withStore(decideIncident));
    admin.get(`${ROOT}/metrics`, mayRead, withStore(sendMetrics));
    admin.get(ROOT, sendPage);
    admin.get(`${ROOT}/:file`, sendFile);
};

/** The page itself holds no data, so it needs no login. Its relative addresses need the slash at the end. */
function sendPage(request: Request, response: Response): void {
    if (!request.path.endsWith('/')) {
        response.redirect(`${request.baseUrl}${request.path}/`);
        return;
    }
    response.sendFile('index.html', { root: STATIC });
}

function sendFile(request: Request, response: Response, next: NextFunction): void {
    const { file } = request.params;
    if (file !== undefined && FILES.has(file)) response.sendFile(file, { root: STATIC });
    else next();
}

async function sendMetrics(_request: Request, response: Response, { service }: PageStore): Promise<void> {
    const incidents = await service.incidents();
    const { contentType, body } = await service.metrics.text(() => incidents.store.countByStage());
    response.type(contentType).send(body);
}

/** Every incident store that is deployed and built. */
function pageStores(RED: NodeAPI): PageStore[] {
    const stores: PageStore[] = [];
    RED.nodes.eachNode(({ id, type, name }) => {
        if (type !== 'incident-store') return;
        const node = RED.nodes.getNode(id) as (Node & ServiceNode<IncidentStoreService>) | null;
        const service = node?.service;
        if (!service) return;
        const { adminAuth, uiHost } = RED.settings as { adminAuth?: unknown; uiHost?: string };
        const security = { hasAdminAuth: Boolean(adminAuth), uiHost, demoOperator: service.demoOperator };
        stores.push({ id, name: name ?? id, service, security });
    });
    return stores;
}

function findStore(RED: NodeAPI, id: unknown): PageStore {
    const stores = pageStores(RED);
    const store = typeof id === 'string' && id !== '' ? stores.find((candidate) => candidate.id === id) : stores[0];
    if (store) return store;
    throw new FixError('CONFIG_MISSING', 'No incident store is deployed.', { cure: 'Deploy a flow with an incident-store configuration.' });
}
