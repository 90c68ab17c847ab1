import { stringify } from 'yaml';
import type { PluginMetadata } from '../host/types';
import type { Platform } from './platforms';

/** A file of the release. */
export interface Asset {
    file: string;
    /** SHA-256, hexadecimal. */
    checksum: string;
}

/** What Botkube downloads for one platform. */
export interface PlatformFiles {
    platform: Platform;
    plugin: Asset;
    /** By the name that Botkube gives the file in the folder of dependencies; each an archive that holds just it. */
    dependencies: Record<string, Asset>;
}

/**
 * The text of Botkube's `plugins-index.yaml` with exactly one version: Botkube downloads the newest entry of a name
 * whatever version its user pinned. Dependencies have no checksum of their own there, so it stands in their address.
 */
export function pluginIndex(metadata: PluginMetadata, files: readonly PlatformFiles[], baseUrl: string): string {
    const { version, description, documentationUrl, jsonSchema } = metadata;
    const address = ({ file }: Asset): string => `${baseUrl.replace(/\/+$/, '')}/${file}`;
    const urls = files.map(({ platform, plugin, dependencies }) => ({
        url: address(plugin),
        checksum: plugin.checksum,
        platform: { os: platform.os, architecture: platform.architecture },
        dependencies: Object.fromEntries(
            Object.entries(dependencies).map(([name, asset]) => [
                name,
                { url: `${address(asset)}?checksum=sha256:${asset.checksum}` },
            ]),
        ),
    }));
    const entry = {
        name: 'fix',
        type: 'executor',
        description,
        documentationUrl,
        version,
        recommended: false,
        jsonSchema: { value: jsonSchema },
        urls,
    };
    return stringify({ entries: [entry] }, { lineWidth: 0 });
}
