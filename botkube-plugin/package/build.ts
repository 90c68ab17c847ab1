import path from 'node:path';
import { parseArgs } from 'node:util';
import { FixExecutor } from '../executor/fix-executor';
import { INDEX, makeRelease, SINGLE_FILE_INDEX } from './release';
import { packageJson, RELEASE, ROOT } from './workspace';

const SEMVER = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

/** `npm run plugin:build -- [--version=<SemVer>] [--base-url=<address>] [--out=<folder>]` */
async function main(): Promise<void> {
    const { values } = parseArgs({
        options: { version: { type: 'string' }, 'base-url': { type: 'string' }, out: { type: 'string' } },
    });
    const version = values.version ?? packageJson.version;
    if (!SEMVER.test(version)) throw new Error(`--version=${version} is no version such as 1.2.3.`);
    const baseUrl = values['base-url'] ?? `https://github.com/alert-to-fix/alert-to-fix/releases/download/v${version}`;
    if (!/^https?:\/\//.test(baseUrl)) throw new Error(`--base-url=${baseUrl} is no http or https address.`);
    const out = path.resolve(values.out ?? RELEASE);
    const metadata = { ...new FixExecutor().metadata(), version };
    await makeRelease({ entry: path.join(ROOT, 'botkube-plugin/main.ts'), metadata, baseUrl, out });
    console.log(
        `${out}: Botkube plugin fix ${version} for linux/amd64 and linux/arm64\n  ${baseUrl}/${INDEX}\n  ${baseUrl}/${SINGLE_FILE_INDEX} (single files)`,
    );
}

main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
});
