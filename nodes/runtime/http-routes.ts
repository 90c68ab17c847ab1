import type { NextFunction, Request, Response } from 'express';
import type { NodeAPI } from 'node-red';

export type RouteHandler = (request: Request, response: Response) => Promise<void>;

/** One router for all our paths below Node-RED's node HTTP root; paths come and go with the nodes. */
const routes = new Map<string, RouteHandler>();
const mounted = new WeakSet<object>();

function dispatch(request: Request, response: Response, next: NextFunction): void {
    const handler = routes.get(request.path);
    if (!handler) {
        next();
        return;
    }
    handler(request, response).catch(next);
}

/**
 * Serves `path` (starting with `/`, below `httpNodeRoot`) until the returned function is called.
 * Honours `httpNodeAuth` and `httpNodeMiddleware`. Answers false when another node has the path.
 */
export function serve(RED: NodeAPI, path: string, handler: RouteHandler): (() => void) | false {
    if (!mounted.has(RED.httpNode)) {
        mounted.add(RED.httpNode);
        RED.httpNode.use(dispatch);
    }
    if (routes.has(path)) return false;
    routes.set(path, handler);
    return () => {
        if (routes.get(path) === handler) routes.delete(path);
    };
}
