import type { Request, Response } from 'express';
import type { NodeAPI } from 'node-red';
import { z } from 'zod';
import { asFixError } from '../core/errors';
import { migrated } from '../runtime/migrations';

/** More than any flow has; a larger request is no editor's. */
const MOST_NODES = 10_000;

const body = z.object({ nodes: z.array(z.looseObject({ type: z.string() })).max(MOST_NODES) });

/** What the editor gets for one node: its settings in the newest version, or why there are none. */
type Answer = { settings: object; from: number } | { error: { code: string; message: string; cure?: string } };

/**
 * What all dialogs of this package share: a Node-RED plugin, because it belongs to no node. Its one route brings
 * settings that the editor holds to the newest version. It needs the permission to see flows, and reads and changes
 * nothing on the server.
 */
export = function editorSupport(RED: NodeAPI): void {
    RED.httpAdmin?.post('/alert-to-fix/node-settings', RED.auth.needsPermission('flows.read'), migrateAll);
};

/** Takes `{nodes: [{type, …settings}]}`; answers `{nodes: [{settings, from} | {error}]}` in the same order. */
function migrateAll(request: Request, response: Response): void {
    const asked = body.safeParse(request.body);
    if (asked.success) response.json({ nodes: asked.data.nodes.map(migrateOne) });
    else response.status(400).json({ error: { code: 'INPUT_INVALID', message: 'Send {"nodes": [{"type": …}, …]}.' } });
}

function migrateOne({ type, ...settings }: { type: string }): Answer {
    try {
        return migrated(type, settings);
    } catch (thrown) {
        const { code, message, cure } = asFixError(thrown);
        return { error: { code, message, cure } };
    }
}
