import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { PluginMetadata } from '../host/types';
import { packDependency, writeSelfExtracting } from './archives';
import { bundle } from './bundle';
import { debianLibraries } from './debian-libraries';
import { launcher } from './launcher';
import { licences } from './licences';
import { nodeRuntime } from './node-runtime';
import { LIBRARIES, LOADER, PLATFORMS, type Platform, platformName } from './platforms';
import { type Asset, type PlatformFiles, pluginIndex } from './plugin-index';
import { sha256 } from './workspace';

/** What to make: the plugin's entry, what the index says of it, and where its files will be downloaded from. */
export interface ReleaseOptions {
    entry: string;
    metadata: PluginMetadata;
    baseUrl: string;
    /** Emptied first. */
    out: string;
}

/** The two ways Botkube can take the plugin, each with an index of its own. */
export const INDEX = 'plugins-index.yaml';
export const SINGLE_FILE_INDEX = 'plugins-index-single-file.yaml';

/** Writes every file of a release into one flat folder, as release pages demand; gives their names. */
export async function makeRelease({ entry, metadata, baseUrl, out }: ReleaseOptions): Promise<void> {
    rmSync(out, { recursive: true, force: true });
    mkdirSync(out, { recursive: true });
    const work = mkdtempSync(path.join(tmpdir(), 'fix-release-'));
    try {
        const { files: code, npmPackages } = await bundle(entry, work, metadata.version);
        const made = PLATFORMS.map((platform) => {
            const texts = path.join(work, `LICENSES.${platform.architecture}.txt`);
            writeFileSync(texts, licences(npmPackages, nodeRuntime(platform), debianLibraries(platform)));
            return makePlatform(
                platform,
                dependencies(
                    platform,
                    code.map((name) => path.join(work, name)),
                    texts,
                ),
                out,
            );
        });
        writeFileSync(
            path.join(out, INDEX),
            pluginIndex(
                metadata,
                made.map(({ files }) => files),
                baseUrl,
            ),
        );
        writeFileSync(
            path.join(out, SINGLE_FILE_INDEX),
            pluginIndex(
                metadata,
                made.map(({ single }) => single),
                baseUrl,
            ),
        );
    } finally {
        rmSync(work, { recursive: true });
    }
}

/** Archives of all that the launcher needs, by the name it needs them under. */
function dependencies(platform: Platform, code: readonly string[], texts: string): Map<string, string> {
    const debian = debianLibraries(platform);
    const files = new Map([
        ['node', path.join(nodeRuntime(platform), 'node')],
        ['LICENSES.txt', texts],
        [LOADER, path.join(debian, platform.loader)],
    ]);
    for (const file of code) files.set(path.basename(file), file);
    for (const library of LIBRARIES) files.set(library, path.join(debian, library));
    return new Map([...files].map(([name, file]) => [name, packDependency(file, name)]));
}

function makePlatform(
    platform: Platform,
    archives: ReadonlyMap<string, string>,
    out: string,
): { files: PlatformFiles; single: PlatformFiles } {
    const name = platformName(platform);
    const plugin = path.join(out, `executor_fix_${name}`);
    writeFileSync(plugin, launcher());
    chmodSync(plugin, 0o755);
    const packed = [...archives].map(([dependency, archive]) => {
        const file = path.join(out, `fix_${name}_${dependency.replaceAll('+', 'x')}.tar.gz`);
        copyFileSync(archive, file);
        return [dependency, asset(file)] as const;
    });
    const single = path.join(out, `executor_fix_single_${name}`);
    writeSelfExtracting(archives, single);
    return {
        files: { platform, plugin: asset(plugin), dependencies: Object.fromEntries(packed) },
        single: { platform, plugin: asset(single), dependencies: {} },
    };
}

function asset(file: string): Asset {
    return { file: path.basename(file), checksum: sha256(file) };
}
