import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { HttpStandIn } from './http-stand-in';
import { ROOT } from './package';
import { buildRelease, packagingScript } from './plugin-release';
import { spawnUntil, stop } from './processes';

/** A repository of Botkube plugins on 127.0.0.1 that offers the plugin `fix` of this repository. */
export interface PluginRepository {
    indexUrl: string;
    stop(): Promise<void>;
}

/**
 * The release as `npm run plugin:build` makes it and `npm run plugin:serve` serves it; `variant` as in the name of its
 * index.
 */
export async function serveRelease(variant: '' | '-single-file' = ''): Promise<PluginRepository> {
    const folder = mkdtempSync(path.join(tmpdir(), 'a2f-release-'));
    buildRelease(folder);
    const repository = await serveFolder(folder, variant);
    const end = async (): Promise<void> => {
        await repository.stop();
        rmSync(folder, { recursive: true });
    };
    return { ...repository, stop: end };
}

/** A folder with a release, which stays. */
export async function serveFolder(folder: string, variant: '' | '-single-file' = ''): Promise<PluginRepository> {
    const index = new RegExp(`http:\\S+/plugins-index${variant}\\.yaml`);
    const server = await spawnUntil({
        command: process.execPath,
        args: packagingScript('serve', `--out=${folder}`, '--port=0'),
        ready: (program) => index.test(program.output()),
    });
    const [indexUrl = ''] = index.exec(server.output()) ?? [];
    return { indexUrl, stop: () => stop(server) };
}

/** A plugin file that runs the compiled plugin where it lies, with this Node.js: there at once. */
export async function serveLauncher(): Promise<PluginRepository> {
    const main = path.join(process.env.PACKAGE_FOLDER ?? ROOT, 'dist', 'botkube-plugin', 'main.js');
    return serveProgram(`#!/bin/sh\nexec '${process.execPath}' '${main}'\n`);
}

/** A plugin `fix` that is just this one file. */
export async function serveProgram(program: string | Buffer): Promise<PluginRepository> {
    let index = '';
    const server = new HttpStandIn(({ path: asked }, response) => {
        response.end(asked.startsWith('/plugins-index.yaml') ? index : program);
    });
    const url = await server.start();
    const checksum = createHash('sha256').update(program).digest('hex');
    const urls = ['amd64', 'arm64'].map((architecture) => ({
        url: `${url}/executor_fix_linux_${architecture}`,
        checksum,
        platform: { os: 'linux', architecture },
    }));
    index = stringify({
        entries: [{ name: 'fix', type: 'executor', description: 'Under test.', version: '0.1.0', urls }],
    });
    return { indexUrl: `${url}/plugins-index.yaml`, stop: () => server.stop() };
}
