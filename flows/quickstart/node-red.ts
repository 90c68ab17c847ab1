import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ModelChoice } from './model';
import type { Ports } from './monitoring';

/** One node of a Node-RED flow file. */
interface FlowNode {
    id: string;
    type: string;
    [property: string]: unknown;
}

/** What the quickstart sets in the flow file before it is deployed. */
export interface FlowSettings {
    ports: Ports;
    /** Folder of the runbook library. */
    library: string;
    /** Folder of the embedded store. */
    store: string;
    webhookToken: string;
    model?: ModelChoice;
}

/** A secret that is made once and kept in a file that only its owner may read. */
export function keptSecret(file: string): string {
    if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('hex'), { mode: 0o600 });
    return readFileSync(file, 'utf8').trim();
}

/**
 * Prepares the user directory: settings.js, and this package, wherever it lies now, linked into its node_modules.
 * Answers the settings' path.
 */
export function prepareUserDir(root: string, userDir: string, port: number): string {
    const scope = path.join(userDir, 'node_modules', '@alert-to-fix');
    mkdirSync(scope, { recursive: true });
    const link = path.join(scope, 'node-red');
    if (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink()) rmSync(link);
    if (!existsSync(link)) symlinkSync(root, link, 'dir');
    const settings = path.join(userDir, 'settings.js');
    const secret = keptSecret(path.join(userDir, 'credential-secret'));
    const plain = {
        uiHost: '127.0.0.1',
        uiPort: port,
        flowFile: 'flows.json',
        credentialSecret: secret,
        telemetry: { enabled: false, updateNotification: false },
        editorTheme: { tours: false, page: { title: 'alert to fix' }, header: { title: 'alert to fix' } },
        logging: { console: { level: 'info', metrics: false, audit: false } },
    };
    const guard = JSON.stringify(path.join(root, 'dist', 'flows', 'quickstart', 'own-pages.js'));
    writeFileSync(
        settings,
        `const { ownPagesOnly } = require(${guard});\n` +
            `module.exports = { ...${JSON.stringify(plain, null, 4)}, ` +
            'httpAdminMiddleware: ownPagesOnly, httpNodeMiddleware: ownPagesOnly };\n',
        { mode: 0o600 },
    );
    return settings;
}

/**
 * Deploys the quickstart's flow. A flow that the user has changed is kept; only the addresses and folders of
 * this start are set in its config nodes.
 */
export async function deployFlow(root: string, nodeRedUrl: string, settings: FlowSettings): Promise<void> {
    const headers = {
        'content-type': 'application/json',
        'Node-RED-API-Version': 'v2',
        'Node-RED-Deployment-Type': 'full',
    };
    const current = (await (await fetch(`${nodeRedUrl}/flows`, { headers })).json()) as {
        rev: string;
        flows: FlowNode[];
    };
    const isFirst = !current.flows.some((node) => node.id === 'a2f-alert-in');
    const file = path.join(root, 'flows', 'quickstart.json');
    const flows = isFirst ? (JSON.parse(readFileSync(file, 'utf8')) as FlowNode[]) : current.flows;
    const body = { rev: current.rev, flows: flows.map((node) => setAddresses(node, settings)) };
    const response = await fetch(`${nodeRedUrl}/flows`, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`Node-RED refused the flow: ${response.status} ${await response.text()}`);
}

function setAddresses(node: FlowNode, { ports, library, store, webhookToken, model }: FlowSettings): FlowNode {
    switch (node.id) {
        case 'a2f-store':
            return { ...node, path: store, demoOperator: true };
        case 'a2f-library':
            return { ...node, source: 'folder', folder: library, inventory: '' };
        case 'a2f-prometheus':
            return {
                ...node,
                url: `http://127.0.0.1:${ports.prometheus}`,
                alertmanagerUrl: `http://127.0.0.1:${ports.alertmanager}`,
            };
        case 'a2f-alert-in':
            return { ...node, auth: 'bearer', credentials: { token: webhookToken } };
        case 'a2f-llm':
            return model
                ? {
                      ...node,
                      d: false,
                      vendor: model.vendor,
                      model: model.model,
                      url: model.baseUrl,
                      credentials: { apiKey: model.apiKey ?? '' },
                  }
                : { ...node, d: true };
        case 'a2f-diagnose':
            return { ...node, provider: model ? 'a2f-llm' : '' };
        default:
            return node;
    }
}
