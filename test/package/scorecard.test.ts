import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { nodeHtml, nodeTypes, packageJson, ROOT } from '../support/package';

/** The rules of Node-RED's scorecard that can be checked without its catalogue. */
test('package.json carries what the flow library asks for', () => {
    expect(packageJson.name).toMatch(/^@[\w-]+\/[\w-]+$/);
    expect(packageJson.license).toBe('Apache-2.0');
    expect(packageJson.repository).toBeDefined();
    expect(packageJson.bugs).toBeDefined();
    expect(packageJson.keywords).toContain('node-red');
    expect(packageJson.engines.node).toBe('>=22.13');
    expect(packageJson['node-red'].version).toBe('>=4.1.0');
    expect(packageJson.dependencies).not.toHaveProperty('node-red');
});

test('there are the six nodes of the palette and their five config nodes', () => {
    expect([...nodeTypes].sort()).toEqual([
        'alert-in',
        'ansible-exec',
        'approval-gate',
        'chat-channel',
        'chat-out',
        'incident-store',
        'llm-diagnose',
        'llm-provider',
        'prometheus-server',
        'redis-memory',
        'runbook-library',
    ]);
});

describe.each(nodeTypes)('%s', (type) => {
    test('is one file of its own, built from its folder', () => {
        expect(packageJson['node-red'].nodes[type]).toBe(`dist/nodes/${type}/${type}.js`);
        expect(existsSync(path.join(ROOT, 'nodes', type, `${type}.ts`))).toBe(true);
    });

    test('registers with a literal type and an inline definition', () => {
        expect(nodeHtml(type)).toMatch(new RegExp(`RED\\.nodes\\.registerType\\('${type}', ?\\{`));
    });

    test('has no defaults with reserved or one-letter names, and colours only from the theme', () => {
        const html = nodeHtml(type);
        const defaults = /^( *)defaults: ?\{([\s\S]*?)\n\1\}/m.exec(html)?.[2] ?? '';
        expect(defaults).not.toMatch(/^\s*(?:[a-z]|id|type|wires|inputs):/m);
        const styles = [...html.matchAll(/style="([^"]*)"/g)].map(([, style]) => style).join(';');
        expect(styles).not.toMatch(/#[0-9a-f]{3,6}\b|rgb\(/i);
    });

    test('keeps secrets in credentials', () => {
        const html = nodeHtml(type);
        const defaults = /^( *)defaults: ?\{([\s\S]*?)\n\1\}/m.exec(html)?.[2] ?? '';
        expect(defaults).not.toMatch(/^\s*\w*(?:password|secret|token(?!s:)|apiKey|signingKeys)\w*:/im);
    });
});

test('every node that can stand in a flow is used by an example', () => {
    const files = readdirSync(path.join(ROOT, 'flows')).filter((name) => name.endsWith('.json'));
    const flows = files.map(
        (name) => JSON.parse(readFileSync(path.join(ROOT, 'flows', name), 'utf8')) as { type: string }[],
    );
    for (const flow of flows) expect(Array.isArray(flow)).toBe(true);
    const used = new Set(flows.flat().map(({ type }) => type));
    expect(nodeTypes.filter((type) => !used.has(type))).toEqual([]);
});
