import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Platform } from './platforms';
import { CACHE, once, packageJson, run } from './workspace';

/** A folder with `node` and `LICENSE`: the version that the tests run on, from the npm package of the platform. */
export function nodeRuntime({ nodePackage }: Platform): string {
    const version = packageJson.devDependencies.node;
    return once(path.join(CACHE, `${nodePackage}-${version}`), (folder) => {
        mkdirSync(folder, { recursive: true });
        run('npm', ['pack', '--silent', '--pack-destination', folder, `${nodePackage}@${version}`]);
        run('tar', ['-xzf', `${nodePackage}-${version}.tgz`, 'package/bin/node', 'package/LICENSE'], folder);
        copyFileSync(path.join(folder, 'package/bin/node'), path.join(folder, 'node'));
        copyFileSync(path.join(folder, 'package/LICENSE'), path.join(folder, 'LICENSE'));
        run('rm', ['-r', 'package', `${nodePackage}-${version}.tgz`], folder);
    });
}
