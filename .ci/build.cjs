#!/usr/bin/env node
// Compiles TypeScript to dist/, and copies beside it what the compiler leaves: HTML, locales, icons,
// Lua, Python, runbooks and playbooks. With --package also generates examples/ from flows/.
'use strict';
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const root = path.resolve(__dirname, '..');
const dist = path.join(root, 'dist');
const SOURCES = ['nodes', 'botkube-plugin', 'proto', 'flows'];
const COMPILED = /\.ts$/;

function copyAssets(folder) {
    const from = path.join(root, folder);
    if (!fs.existsSync(from)) return;
    fs.cpSync(from, path.join(dist, folder), {
        recursive: true,
        filter: (file) => !COMPILED.test(file) && !file.includes('__pycache__'),
    });
}

function generateExamples() {
    const examples = path.join(root, 'examples');
    fs.rmSync(examples, { recursive: true, force: true });
    fs.mkdirSync(examples);
    for (const file of fs.readdirSync(path.join(root, 'flows')).filter((name) => name.endsWith('.json'))) {
        fs.copyFileSync(path.join(root, 'flows', file), path.join(examples, file));
    }
}

fs.rmSync(dist, { recursive: true, force: true });
const tsc = spawnSync(
    process.execPath,
    [require.resolve('typescript/bin/tsc'), '-p', path.join(root, 'tsconfig.json')],
    {
        stdio: 'inherit',
    },
);
if (tsc.status !== 0) process.exit(tsc.status ?? 1);
SOURCES.forEach(copyAssets);
if (process.argv.includes('--package')) generateExamples();
