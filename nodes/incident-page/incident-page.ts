import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Application, NextFunction, Request, Response } from 'express';
import type { NodeAPI } from 'node-red';
import { diagnoseAgain } from './again';
import { answerError, answerRefusedBody, neverStored, protect } from './answers';
import { decideIncident, listIncidents, showIncident, showLog, showPreview } from './api';
import { streamChanges } from './changes';
import { APPROVE, READ } from './decider';
import { findStore, type PageStore, pageStores } from './stores';

/** Where the page lives, below Node-RED's admin root. */
const ROOT = '/alert-to-fix';
const STATIC = path.join(__dirname, 'static');
const FILES = new Set(readdirSync(STATIC));

type PageHandler = (request: Request, response: Response, store: PageStore) => Promise<void>;

/**
 * The incident page: a Node-RED plugin, because it belongs to no node. Reading needs the permission
 * `alert-to-fix.read`, deciding and diagnosing again `alert-to-fix.approve`; both are checked by Node-RED's admin
 * authentication.
 */
export = function incidentPage(RED: NodeAPI): void {
    const admin = RED.httpAdmin;
    if (!admin) {
        RED.log.warn('alert-to-fix: httpAdminRoot is false, so there is no incident page.');
        return;
    }
    const closing = endOfDeploy(RED);
    const withStore =
        (handler: PageHandler) =>
        (request: Request, response: Response): void => {
            Promise.resolve()
                .then(() => handler(request, response, findStore(RED, request.query.store)))
                .catch((thrown: unknown) => answerError(response, thrown));
        };
    const mayRead = RED.auth.needsPermission(READ);
    const mayApprove = RED.auth.needsPermission(APPROVE);

    admin.use(ROOT, protect);
    admin.use([`${ROOT}/api`, `${ROOT}/metrics`], neverStored);
    admin.get(`${ROOT}/api/stores`, mayRead, (_request, response) => {
        response.json({ stores: pageStores(RED).map(({ id, name }) => ({ id, name })) });
    });
    admin.get(`${ROOT}/api/incidents`, mayRead, withStore(listIncidents));
    admin.get(`${ROOT}/api/incidents/:id`, mayRead, withStore(showIncident));
    admin.get(`${ROOT}/api/incidents/:id/log`, mayRead, withStore(showLog));
    admin.get(`${ROOT}/api/incidents/:id/preview`, mayRead, withStore(showPreview));
    admin.get(
        `${ROOT}/api/changes`,
        mayRead,
        withStore((request, response, store) => streamChanges(request, response, store, closing())),
    );
    admin.post(`${ROOT}/api/incidents/:id/decision`, mayApprove, withStore(decideIncident));
    admin.post(`${ROOT}/api/incidents/:id/diagnosis`, mayApprove, withStore(diagnoseAgain));
    admin.get(`${ROOT}/metrics`, mayRead, withStore(sendMetrics));
    admin.get(ROOT, sendPage);
    admin.get(`${ROOT}/:file`, sendFile);
    parserOf(admin).use(ROOT, answerRefusedBody);
};

/**
 * The application that Node-RED mounts ours in, where its body parsers are: their errors pass mounted applications by.
 */
function parserOf(admin: Application): Application {
    const parent: unknown = Reflect.get(admin, 'parent');
    return typeof parent === 'function' ? (parent as unknown as Application) : admin;
}

/** Gives the signal that is aborted when the present flows stop, and again once new ones have started. */
function endOfDeploy(RED: NodeAPI): () => AbortSignal {
    let closing = new AbortController();
    const end = (): void => {
        closing.abort();
        closing = new AbortController();
    };
    RED.events.on('flows:stopping', end);
    RED.events.on('flows:started', end);
    return () => closing.signal;
}

/** The page itself holds no data, so it needs no login. Its relative addresses need the slash at the end. */
function sendPage(request: Request, response: Response): void {
    if (request.path.endsWith('/')) response.sendFile('index.html', { root: STATIC });
    else response.redirect(`${path.posix.basename(ROOT)}/`);
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
