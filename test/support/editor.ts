import path from 'node:path';
import type { Browser, Page, Request } from 'playwright-core';

/** What the tests use of the editor's own objects, in the browser. */
interface EditorNode extends Record<string, unknown> {
    id: string;
    type: string;
    valid: boolean;
    changed?: boolean;
    validationErrors?: string[];
    _def: { category: string; defaults: Record<string, object>; label: string | (() => string) };
}
declare const RED: {
    nodes: {
        node(id: string): EditorNode | null;
        eachNode(look: (node: EditorNode) => void): void;
        eachConfig(look: (node: EditorNode) => void): void;
        dirty(value: boolean): void;
    };
    editor: { edit(node: EditorNode | null): void; editConfig(name: string, type: string, id: string): void };
    utils: { getNodeLabel(node: EditorNode | null): string };
};

/** A deployed node as the editor has it. */
export interface NodeInEditor {
    valid: boolean;
    /** The sentences of its invalid marker. */
    errors: string[];
    /** Text on the canvas. */
    label: string;
    /** The properties of its definition. */
    values: Record<string, unknown>;
}

/** The whole editor takes seconds to load, several times that on a busy machine. */
const LONGEST_WAIT_MS = 120_000;

/** The Node-RED editor in a browser page. */
export class Editor {
    /** Faults of scripts in the page. */
    faults: string[] = [];
    /** Bodies of the deploys so far. */
    readonly deploys: string[] = [];

    private constructor(readonly page: Page) {
        page.on('pageerror', ({ message, stack }) => {
            if (!message.includes('ResizeObserver')) this.faults.push(stack ?? message);
        });
        // The editor catches what a node's own functions throw, and only logs it.
        page.on('console', (told) => {
            if (/oneditprepare|oneditsave|oneditcancel|Validation error|Definition error/.test(told.text()))
                this.faults.push(told.text());
        });
        page.on('request', (request: Request) => {
            if (request.method() === 'POST' && request.url().endsWith('/flows'))
                this.deploys.push(request.postData() ?? '');
        });
    }

    /** Opens the editor in a language and waits until the node with `id` is on the canvas. */
    static async open(
        browser: Browser,
        url: string,
        locale: string,
        id: string,
        theme: 'light' | 'dark' = 'light',
    ): Promise<Editor> {
        const context = await browser.newContext({ locale, viewport: { width: 1900, height: 1000 } });
        const page = await context.newPage();
        page.setDefaultTimeout(LONGEST_WAIT_MS);
        page.setDefaultNavigationTimeout(LONGEST_WAIT_MS);
        await page.addInitScript((name) => localStorage.setItem('view-dark-theme', name), theme);
        const editor = new Editor(page);
        await page.goto(url);
        await page.waitForFunction((one) => typeof RED !== 'undefined' && Boolean(RED.nodes?.node(one)), id);
        await page.waitForSelector('#red-ui-loading-progress', { state: 'hidden' });
        editor.faults = editor.faults.filter((fault) => !isNodeRedsOwn(fault));
        return editor;
    }

    async close(): Promise<void> {
        await this.page.context().close();
    }

    /** Waits until the node has an invalid marker. */
    async isInvalid(id: string): Promise<void> {
        await this.page.waitForFunction((one) => RED.nodes.node(one)?.valid === false, id);
    }

    /** Waits until the node's settings have this version. */
    async hasVersion(id: string, version: number): Promise<void> {
        await this.page.waitForFunction(({ one, wanted }) => RED.nodes.node(one)?.version === wanted, {
            one: id,
            wanted: version,
        });
    }

    async node(id: string): Promise<NodeInEditor> {
        return this.page.evaluate((one) => {
            const node = RED.nodes.node(one);
            if (!node) throw new Error(`there is no node ${one}`);
            const values = Object.fromEntries(Object.keys(node._def.defaults).map((name) => [name, node[name]]));
            return {
                valid: node.valid,
                errors: (node.validationErrors ?? []).map(String),
                label: RED.utils.getNodeLabel(node),
                values: JSON.parse(JSON.stringify(values)) as Record<string, unknown>,
            };
        }, id);
    }

    /** Does the node have changes that are not deployed? */
    async isChanged(id: string): Promise<boolean> {
        return this.page.evaluate((one) => RED.nodes.node(one)?.changed === true, id);
    }

    /** Ids of all nodes and config nodes with an invalid marker. */
    async invalid(): Promise<string[]> {
        return this.page.evaluate(() => {
            const ids: string[] = [];
            const look = ({ id, valid }: EditorNode): void => {
                if (!valid) ids.push(id);
            };
            RED.nodes.eachNode(look);
            RED.nodes.eachConfig(look);
            return ids.sort();
        });
    }

    /**
     * Opens the dialog of a node or config node; answers what fields start with, `node-input` or `node-config-input`.
     */
    async openDialog(id: string): Promise<'node-input' | 'node-config-input'> {
        const prefix = await this.page.evaluate((one) => {
            const node = RED.nodes.node(one);
            if (node?._def.category !== 'config') {
                RED.editor.edit(node);
                return 'node-input' as const;
            }
            RED.editor.editConfig('', node.type, one);
            return 'node-config-input' as const;
        }, id);
        await this.page.waitForSelector(`#${prefix}-name`, { state: 'visible' });
        await this.settled();
        return prefix;
    }

    /** Presses Done or Cancel of the open dialog and waits until it is gone. */
    async closeDialog(button: 'ok' | 'cancel'): Promise<void> {
        const config = await this.page.isVisible('#node-config-dialog-ok');
        await this.page.click(`#node-${config ? 'config-' : ''}dialog-${button}`);
        await this.page.waitForFunction(() => document.querySelectorAll('.red-ui-tray').length === 0);
    }

    /** What the fields of the open dialog show, by property. */
    async shown(id: string, prefix: string): Promise<Record<string, string | boolean>> {
        return this.page.evaluate(
            ({ one, start }) => {
                const names = Object.keys(RED.nodes.node(one)?._def.defaults ?? {});
                const found = names.flatMap((name): [string, string | boolean][] => {
                    const field = document.querySelector<HTMLInputElement>(`#${start}-${name}`);
                    if (!field) return [];
                    const value = field.value === '_ADD_' ? '' : field.value;
                    return [[name, field.type === 'checkbox' ? field.checked : value]];
                });
                return Object.fromEntries(found);
            },
            { one: id, start: prefix },
        );
    }

    /** All texts a person can see in the open dialog, placeholders and tool tips included. */
    async texts(): Promise<string> {
        return this.page.evaluate(() => {
            const tray = document.querySelector<HTMLElement>('.red-ui-tray');
            const attributes = Array.from(tray?.querySelectorAll('[placeholder],[title]') ?? []).flatMap((one) => [
                one.getAttribute('placeholder'),
                one.getAttribute('title'),
            ]);
            return [tray?.innerText, ...attributes].join('\n');
        });
    }

    /** Labels and fields of the open dialog that are wider than their place, or lie on one another. */
    async overflows(): Promise<string[]> {
        return this.page.evaluate(() => {
            const tray = document.querySelector<HTMLElement>('.red-ui-tray-body');
            const right = tray?.getBoundingClientRect().right ?? 0;
            const visible = Array.from(
                tray?.querySelectorAll<HTMLElement>(
                    '.form-row label, .form-row input, .form-row select, .form-row span',
                ) ?? [],
            ).filter((one) => one.offsetParent !== null && one.getBoundingClientRect().width > 0);
            const wide = visible.filter((one) => one.getBoundingClientRect().right > right);
            const wrapped = visible.filter((one) => one.tagName === 'LABEL' && one.getBoundingClientRect().height > 40);
            return [...wide, ...wrapped].map((one) => one.id || one.innerText);
        });
    }

    /**
     * Presses Deploy, also when nothing has changed, and waits until the editor has taken in the answer: before that
     * the next press would be lost.
     */
    async deploy(): Promise<void> {
        const answered = this.page.waitForResponse(
            (response) => response.url().endsWith('/flows') && response.request().method() === 'POST',
        );
        await this.page.evaluate(() => RED.nodes.dirty(true));
        await this.page.click('#red-ui-header-button-deploy');
        await answered;
        await this.page.waitForSelector('#red-ui-header-button-deploy.disabled');
        await this.page.waitForSelector('#red-ui-header-shade', { state: 'hidden' });
    }

    /** Takes a picture when the environment variable SCREENSHOTS names a folder. */
    async shoot(name: string): Promise<void> {
        const folder = process.env.SCREENSHOTS;
        if (!folder) return;
        await this.settled();
        await this.page.screenshot({ path: path.join(folder, `${name}.png`), animations: 'disabled' });
    }

    /**
     * Waits until the tray stands in its place: it waits outside of the window until its fields are filled, for which
     * the server is asked, and then slides in.
     */
    private async settled(): Promise<void> {
        await this.page.waitForFunction(() => {
            const tray = document.querySelector('.red-ui-tray');
            return !tray || getComputedStyle(tray).right === '0px';
        });
    }
}

/**
 * A fault in which no function of a node took part: while it loads on a busy machine, the editor itself stumbles now
 * and then.
 */
export function isNodeRedsOwn(fault: string): boolean {
    const frames = fault.split('\n').filter((line) => /^\s+at /.test(line));
    return frames.length > 0 && frames.every((line) => /\/(?:red|vendor)\/[\w./-]+\.js/.test(line));
}
