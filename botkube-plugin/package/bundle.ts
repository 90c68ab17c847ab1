import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import { loadSync } from 'protobufjs';
import { MODEL_VENDORS } from '../../nodes/adapters/models';
import { PROTO_FILES } from '../host/proto';
import { ROOT } from './workspace';

/** Folders with files that our code reads at run time by `__dirname`; they travel inside the bundle. */
const READ_AT_RUN_TIME = ['nodes/adapters/redis/scripts', 'nodes/runbook-library/starter'];

/**
 * Runs first: unpacks those files into a private temporary folder, laid out as in the repository, for as long as the
 * process lives.
 */
const UNPACK = `
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import files from 'bundled:contents';
export const folder = mkdtempSync(path.join(tmpdir(), 'fix-files-' + process.pid + '-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
}
`;

function contents(): Record<string, string> {
    const files = READ_AT_RUN_TIME.flatMap((folder) =>
        readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile() && !entry.name.endsWith('.ts'))
            .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)))
            .sort(),
    );
    return Object.fromEntries(files.map((name) => [name, readFileSync(path.join(ROOT, name), 'utf8')]));
}

/** Gives our own modules a `__dirname` inside the unpacked folder, and package.json the release's version. */
function bundledFiles(version: string): Plugin {
    return {
        name: 'bundled-files',
        setup(builder) {
            builder.onResolve({ filter: /^bundled:/ }, ({ path: name }) => ({ path: name, namespace: 'bundled' }));
            builder.onLoad({ filter: /^bundled:files$/, namespace: 'bundled' }, () => ({
                contents: UNPACK,
                loader: 'js',
                resolveDir: ROOT,
            }));
            builder.onLoad({ filter: /^bundled:contents$/, namespace: 'bundled' }, () => ({
                contents: JSON.stringify(contents()),
                loader: 'json',
            }));
            builder.onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
                const source = readFileSync(file, 'utf8');
                if (!source.includes('__dirname') || file.includes('node_modules')) return undefined;
                const folder = JSON.stringify(`/${path.relative(ROOT, path.dirname(file))}`);
                return {
                    contents: `import { folder as bundledFolder } from 'bundled:files'; const __dirname = bundledFolder + ${folder};${source}`,
                    loader: 'ts',
                };
            });
            builder.onLoad({ filter: /package\.json$/ }, ({ path: file }) => {
                if (file !== path.join(ROOT, 'package.json')) return undefined;
                const manifest = JSON.parse(readFileSync(file, 'utf8')) as object;
                return { contents: JSON.stringify({ ...manifest, version }), loader: 'json' };
            });
        },
    };
}

/** Of zod's messages in forty languages only the English ones. */
const englishOnly: Plugin = {
    name: 'english-only',
    setup(builder) {
        builder.onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, ({ path: file }) => ({
            contents: "export { default as en } from './en.js';",
            loader: 'js',
            resolveDir: path.dirname(file),
        }));
    },
};

/** The SDKs of models, each in a separate file by its package's name: a start without a model does not read them. */
const APART = new Map(
    MODEL_VENDORS.flatMap(({ packages }) => packages).map((name) => [name, name.replace(/[^\w.-]+/g, '_')]),
);

const COMMON = {
    absWorkingDir: ROOT,
    bundle: true,
    metafile: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    minify: true,
    keepNames: true,
    legalComments: 'none',
    logLevel: 'warning',
    outExtension: { '.js': '.cjs' },
} as const;

/** What {@link bundle} made. */
export interface Bundle {
    /** Names of the files in the folder; `bundle.cjs` is the one to start, and finds the others beside it. */
    files: string[];
    /** Folders of the npm packages inside. */
    npmPackages: string[];
}

/** Packs the entry and all it imports into a few CommonJS files without native code. */
export async function bundle(entry: string, outdir: string, version: string): Promise<Bundle> {
    const main = await build({
        ...COMMON,
        entryPoints: { bundle: entry },
        outdir,
        define: { PROTO_DESCRIPTOR: JSON.stringify(loadSync(PROTO_FILES).toJSON()) },
        alias: Object.fromEntries([...APART].map(([name, file]) => [name, `./${file}.cjs`])),
        external: [...APART.values()].map((file) => `./${file}.cjs`),
        plugins: [bundledFiles(version), englishOnly],
    });
    const apart = await build({
        ...COMMON,
        entryPoints: Object.fromEntries([...APART].map(([name, file]) => [file, name])),
        outdir,
    });
    return {
        files: ['bundle', ...APART.values()].map((name) => `${name}.cjs`),
        npmPackages: packagesOf({ ...main.metafile.inputs, ...apart.metafile.inputs }),
    };
}

/** Folders below `node_modules` that the bundles took a file from. */
function packagesOf(inputs: Metafile['inputs']): string[] {
    const folders = Object.keys(inputs).map((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]);
    return [...new Set(folders.filter((folder) => folder !== undefined))].sort();
}
