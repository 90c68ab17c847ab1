// @needs qemu-aarch64-static
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { GoPluginHost } from '../support/go-plugin-host';
import { buildRelease, readIndex, unpackDependencies, urlFor } from '../support/plugin-release';

const release = mkdtempSync('/tmp/fix-release-');

beforeAll(() => buildRelease(release));
afterAll(() => rmSync(release, { recursive: true, force: true }));

test('the files for arm64 start with the loader and libraries they bring, and answer', async () => {
    const deps = path.join(release, 'deps');
    unpackDependencies(release, urlFor(readIndex(path.join(release, 'plugins-index.yaml')), 'arm64'), deps);
    const inside = (name: string): string => path.join(deps, name);
    const host = await GoPluginHost.start({
        command: 'qemu-aarch64-static',
        args: [inside('ld-linux.so'), '--library-path', deps, inside('node'), inside('bundle.cjs')],
    });
    try {
        expect(await host.ping()).toBe('SERVING');
        expect(JSON.stringify(await host.help())).toContain('fix status');
    } finally {
        await host.kill();
    }
});
