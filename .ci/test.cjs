#!/usr/bin/env node
// Checks format and lint, then runs every test on the real programs: all of them on the newest Node-RED, then those
// that touch Node-RED on the oldest supported one. A test file that says `@needs <program>` is left out, by name, when that program is
// missing; with CI=true nothing is left out.
'use strict';
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { hasGo } = require('./go.cjs');

const root = path.resolve(__dirname, '..');
const inCi = process.env.CI === 'true';
const only = process.argv.slice(2);

function isThere(program) {
    if (program === 'go') return hasGo();
    return (process.env.PATH ?? '').split(path.delimiter).some((folder) => fs.existsSync(path.join(folder, program)));
}

function testFiles(folder) {
    return fs
        .readdirSync(folder, { recursive: true })
        .map((name) => path.join(folder, name))
        .filter((file) => file.endsWith('.test.ts'));
}

function leftOut() {
    if (inCi) return [];
    return testFiles(path.join(root, 'test')).flatMap((file) => {
        const needed = [...fs.readFileSync(file, 'utf8').matchAll(/@needs ([\w-]+)/g)].map(([, program]) => program);
        const missing = needed.filter((program) => !isThere(program));
        if (missing.length === 0) return [];
        const name = path.relative(root, file);
        console.log(`SKIPPED ${name}: ${missing.join(', ')} is not on the PATH`);
        return [name];
    });
}

function jest(nodeRed, folders, ignored) {
    console.log(`\n== Tests on ${nodeRed} ==`);
    const ignore = ['/node_modules/', ...ignored.map((name) => name.replace(/[.]/g, '\\.'))];
    const args = [require.resolve('jest/bin/jest'), ...folders, '--testPathIgnorePatterns', ...ignore];
    const env = {
        ...process.env,
        NODE_RED_PACKAGE: nodeRed,
        LC_ALL: 'C.UTF-8',
        PATH: `${path.join(root, '.venv', 'bin')}${path.delimiter}${process.env.PATH}`,
    };
    return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env }).status === 0;
}

function lint() {
    console.log('== Format and lint ==');
    const biome = require.resolve('@biomejs/biome/bin/biome');
    return spawnSync(process.execPath, [biome, 'check', '.'], { cwd: root, stdio: 'inherit' }).status === 0;
}

if (only.length === 0 && !lint()) {
    console.error('\nRun: npm run format');
    process.exit(1);
}
const ignored = leftOut();
const newest = jest('node-red', only, ignored);
const oldest = only.length > 0 || jest('node-red-4', ['test/nodes', 'test/e2e'], ignored);
process.exit(newest && oldest ? 0 : 1);
