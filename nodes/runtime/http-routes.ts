import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { NodeAPI } from 'node-red';

export type RouteHandler = (request: Request, response: Response) => Promise<void>;

/** One router for all our paths below Node-RED's node HTTP root; paths come and go with the nodes. */
const routes = new Map<string, RouteHandler>();
const mounted = new WeakSet<object>();

/**
 * Serves `path` (starting with `/`, below `httpNodeRoot`) until the returned function is called.
 * Honours `httpNodeAuth` and `httpNodeMiddleware`. Answers false when another node has the path.
 */
export function serve(RED: NodeAPI, path: string, handler: RouteHandler): (() => void) | false {
    if (!mounted.has(RED.httpNode)) {
        mounted.add(RED.httpNode);
        RED.httpNode.use(dispatcher(middlewareOf(RED)));
    }
    if (routes.has(path)) return false;
    routes.set(path, handler);
    return () => {
        if (routes.get(path) === handler) routes.delete(path);
    };
}

/** True when Node-RED serves node paths at all, see `httpNodeRoot` in its settings. */
export function servesNodePaths(RED: NodeAPI): boolean {
    return settingOf(RED, 'httpNodeRoot') !== false;
}

/** `path` as a sender must ask for it: below `httpNodeRoot`. */
export function publicPath(RED: NodeAPI, path: string): string {
    const root = settingOf(RED, 'httpNodeRoot');
    return `${typeof root === 'string' ? root.replace(/\/+$/, '') : ''}${path}`;
}

function dispatcher(middleware: readonly RequestHandler[]): RequestHandler {
    return (request, response, next) => {
        const handler = routes.get(request.path) ?? routes.get(request.path.replace(/\/$/, ''));
        if (!handler) {
            next();
            return;
        }
        through(middleware, request, response, (refusal?: unknown) => {
            if (refusal === undefined) handler(request, response).catch(next);
            else next(refusal);
        });
    };
}

/** Passes the request through each middleware in turn, then on to `next`; a refusal ends the walk. */
function through([first, ...others]: readonly RequestHandler[], request: Request, response: Response, next: NextFunction): void {
    if (!first) {
        next();
        return;
    }
    const proceed = (refusal?: unknown): void => {
        if (refusal === undefined || refusal === null) through(others, request, response, next);
        else next(refusal);
    };
    first(request, response, proceed);
}

/** Node-RED's own `http in` runs `httpNodeMiddleware` itself; so do we. */
function middlewareOf(RED: NodeAPI): RequestHandler[] {
    const setting = settingOf(RED, 'httpNodeMiddleware');
    return [setting].flat().filter((candidate): candidate is RequestHandler => typeof candidate === 'function');
}

function settingOf(RED: NodeAPI, name: 'httpNodeRoot' | 'httpNodeMiddleware'): unknown {
    return Reflect.get(RED.settings, name);
}
