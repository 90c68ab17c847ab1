import path from 'node:path';
import { GoPluginHost } from '../support/go-plugin-host';

const hook = path.join(__dirname, '../support/typescript-hook.cjs');
const main = path.join(__dirname, '../../botkube-plugin/main.ts');

test('the plugin itself starts without any configuration, helps, answers what it does not know, and ends when asked', async () => {
    const host = await GoPluginHost.start({ command: process.execPath, args: ['--require', hook, main] });
    try {
        expect(await host.ping()).toBe('SERVING');
        expect(JSON.stringify(await host.help())).toContain('fix diagnose');
        expect(JSON.stringify(await host.metadata())).toContain('draft-07');
        expect((await host.execute('fix nonsense')).message).not.toEqual({});
        expect((await host.execute('fix status', { configs: [': no: yaml: ['] })).message).not.toEqual({});
        expect(await host.ping()).toBe('SERVING');
    } finally {
        expect(await host.kill()).toBe(true);
    }
    expect(host.panics).toEqual([]);
    expect(host.printed).toEqual([expect.stringMatching(/^1\|3\|unix\|/)]);
});
