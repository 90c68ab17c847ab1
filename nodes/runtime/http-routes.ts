import type { Application, NextFunction, Request, RequestHandler, Response } from 'express';
import type { NodeAPI } from 'node-red';
import { readBody } from './http-body';

/** Answers a request. `body` gives its raw bytes, see `readBody`. */
export type RouteHandler = (request: Request, response: Response, body: () => Promise<Buffer>) => Promise<void>;

interface Route {
    handler: RouteHandler;
    bodyLimit: number;
}

/** One router for all our paths below Node-RED's node HTTP root; paths come and go with the nodes. */
const routes = new Map<string, Route>();
const mounted = new WeakSet<object>();
const bodies = new WeakMap<Request, Promise<Buffer>>();

/**
 * Serves `path` (starting with `/`, below `httpNodeRoot`), with bodies up to `bodyLimit` bytes, until the returned
 * function is called. Honours `httpNodeAuth` and `httpNodeMiddleware`. Answers false when another node has the path.
 */
export function serve(RED: NodeAPI, path: string, bodyLimit: number, handler: RouteHandler): (() => void) | false {
    if (!mounted.has(RED.httpNode)) {
        mounted.add(RED.httpNode);
        RED.httpNode.use(dispatcher(middlewareOf(RED)));
        putFirst(rootOf(RED.httpNode), bodyCatcher(publicPath(RED, '')));
    }
    if (routes.has(path)) return false;
    const route = { handler, bodyLimit };
    routes.set(path, route);
    return () => {
        if (routes.get(path) === route) routes.delete(path);
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

function routeOf(path: string): Route | undefined {
    return routes.get(path) ?? routes.get(path.replace(/\/$/, ''));
}

function dispatcher(middleware: readonly RequestHandler[]): RequestHandler {
    return (request, response, next) => {
        const route = routeOf(request.path);
        if (!route) {
            next();
            return;
        }
        through(middleware, request, response, (refusal?: unknown) => {
            const body = (): Promise<Buffer> => bodies.get(request) ?? readBody(request, route.bodyLimit);
            if (refusal === undefined) route.handler(request, response, body).catch(next);
            else next(refusal);
        });
    };
}

/**
 * Starts reading the bodies of our paths before anybody else: with editor and node paths under one root, the
 * editor's JSON parser sees node requests first and would leave neither the raw bytes nor our own answers to bad ones.
 */
function bodyCatcher(root: string): RequestHandler {
    return (request, _response, next) => {
        const path = pathOf(request.url);
        const route = path.startsWith(`${root}/`) ? routeOf(path.slice(root.length)) : undefined;
        if (route) {
            const body = readBody(request, route.bodyLimit);
            body.catch(() => undefined);
            bodies.set(request, body);
            // The sign of body-parser, and so of every parser built on it, that the body is taken.
            Object.assign(request, { _body: true });
        }
        next();
    };
}

/** The path of a request target in origin form or, as RFC 9112 has it too, in absolute form: `http://host/path`. */
function pathOf(target: string): string {
    if (!target.startsWith('/') && URL.canParse(target)) return new URL(target).pathname;
    return target.split('?', 1)[0] ?? '';
}

function rootOf(app: Application): Application {
    const parent: unknown = Reflect.get(app, 'parent');
    return typeof parent === 'function' ? rootOf(parent as unknown as Application) : app;
}

/** Express 4 has no way to add in front; Node-RED's own `http in` moves its layer in the same way. */
function putFirst(app: Application, handler: RequestHandler): void {
    app.use(handler);
    const { stack } = app._router as { stack: { handle: unknown }[] };
    const index = stack.findIndex(({ handle }) => handle === handler);
    stack.unshift(...stack.splice(index, 1));
}

/** Passes the request through each middleware in turn, then on to `next`; a refusal ends the walk. */
function through(
    [first, ...others]: readonly RequestHandler[],
    request: Request,
    response: Response,
    next: NextFunction,
): void {
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
