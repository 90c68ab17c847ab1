#!/usr/bin/env node
// Makes a fresh clone ready: npm packages, system programs, compiled code. Plain JavaScript without packages,
// because it runs before there are any, on whatever Node.js the machine has.
//   node .ci/setup.cjs start   what `npm start` and `npm run demo` need
//   node .ci/setup.cjs test    what `npm test` needs
//   node .ci/setup.cjs plugin  what `npm run plugin:build` and `npm run plugin:serve` need
'use strict';
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { hasGo, TO_GET_IT } = require('./go.cjs');

const root = path.resolve(__dirname, '..');
const purpose = process.argv[2] ?? 'start';
const inCi = process.env.CI === 'true';

/** Program to look for → Debian package, and who needs it. */
const PROGRAMS = [
    { program: 'prometheus', debian: 'prometheus', purposes: ['start', 'test'] },
    {
        program: 'prometheus-alertmanager',
        other: 'alertmanager',
        debian: 'prometheus-alertmanager',
        purposes: ['start', 'test'],
    },
    { program: 'ansible-playbook', debian: 'ansible-core', purposes: ['start', 'test'] },
    { program: 'openssl', debian: 'openssl', purposes: ['test'] },
    { program: 'redis-server', debian: 'redis-server', purposes: ['test'] },
    { program: 'chromium', debian: 'chromium', purposes: ['test'] },
    { program: 'busybox', debian: 'busybox-static', purposes: ['test'] },
    { program: 'qemu-aarch64-static', debian: 'qemu-user-static', purposes: ['test'] },
    { file: '/usr/share/fonts/opentype/noto', program: 'Noto CJK fonts', debian: 'fonts-noto-cjk', purposes: ['test'] },
];

function fail(text) {
    console.error(`\n${text}\n`);
    process.exit(1);
}

function run(command, args, options = {}) {
    const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
    return result.status === 0;
}

function onPath(program) {
    const folders = [path.join(root, '.venv', 'bin'), ...(process.env.PATH ?? '').split(path.delimiter)];
    return folders.some((folder) => fs.existsSync(path.join(folder, program)));
}

function isMissing(item) {
    if (item.file) return !fs.existsSync(item.file);
    return !onPath(item.program) && !(item.other && onPath(item.other));
}

function installPackages() {
    const installed = path.join(root, 'node_modules', '.package-lock.json');
    const wanted = path.join(root, 'package-lock.json');
    const fresh = fs.existsSync(installed) && fs.statSync(installed).mtimeMs >= fs.statSync(wanted).mtimeMs;
    if (!fresh) {
        console.log('Installing npm packages …');
        // The machine's Node.js may be older than the one these packages bring along and run on.
        if (!run('npm', ['ci', '--no-audit', '--no-fund', '--engine-strict=false', '--loglevel=error']))
            fail('npm ci failed, see above.');
        fs.utimesSync(installed, new Date(), new Date());
    }
    const version = spawnSync(bundledNode(), ['--version'], { encoding: 'utf8' }).stdout ?? '';
    if (!/^v2[4-9]\./.test(version)) {
        fail(
            'The npm package "node" did not bring Node.js 24: was npm told to ignore install scripts?\nRun: npm rebuild node',
        );
    }
}

function bundledNode() {
    return path.join(root, 'node_modules', '.bin', 'node');
}

/** Installs Debian packages without letting their services start: our own processes are all we want. */
function aptInstall(packages) {
    const policy = '/usr/sbin/policy-rc.d';
    const own = !fs.existsSync(policy);
    if (own) fs.writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    try {
        const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
        return (
            run('apt-get', ['update', '-qq'], { env }) &&
            run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
                env,
                stdio: ['ignore', 'ignore', 'inherit'],
            })
        );
    } finally {
        if (own) fs.rmSync(policy, { force: true });
    }
}

function installAnsibleLocally() {
    const venv = path.join(root, '.venv');
    console.log('Installing ansible-core into .venv …');
    return (
        run('python3', ['-m', 'venv', venv]) &&
        run(path.join(venv, 'bin', 'pip'), ['install', '--quiet', 'ansible-core'])
    );
}

function installPrograms() {
    let missing = PROGRAMS.filter((item) => item.purposes.includes(purpose) && isMissing(item));
    if (missing.length === 0) return;
    const isRootOnDebian = process.getuid?.() === 0 && onPath('apt-get');
    if (isRootOnDebian) {
        console.log(`Installing ${missing.map((item) => item.debian).join(', ')} …`);
        aptInstall(missing.map((item) => item.debian));
        missing = missing.filter(isMissing);
    }
    if (missing.some((item) => item.program === 'ansible-playbook') && installAnsibleLocally())
        missing = missing.filter(isMissing);
    if (missing.length === 0) return;
    const names = missing.map((item) => item.program).join(', ');
    const line = `sudo apt-get install --no-install-recommends ${missing.map((item) => item.debian).join(' ')}`;
    if (purpose === 'start' || inCi)
        fail(`Missing: ${names}. On Debian or Ubuntu run:\n  ${line}\nElsewhere put these programs on the PATH.`);
    console.log(`\nSKIPPED: tests that need ${names}. To run them too:\n  ${line}\n`);
}

/** Go comes from its makers: what Debian has may be too old. */
function checkGo() {
    if (purpose !== 'test' || hasGo()) return;
    if (inCi) fail(`Missing: Go 1.21 or newer. Run:\n  ${TO_GET_IT}`);
    console.log(`\nSKIPPED: tests that need Go 1.21 or newer. To run them too:\n  ${TO_GET_IT}\n`);
}

function newestChange(folder) {
    let newest = 0;
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
        const file = path.join(folder, entry.name);
        const time = entry.isDirectory() ? newestChange(file) : fs.statSync(file).mtimeMs;
        newest = Math.max(newest, time);
    }
    return newest;
}

function build() {
    const stamp = path.join(root, 'dist', '.built');
    const folders = ['nodes', 'botkube-plugin', 'proto', 'flows', 'test', '.ci'].map((name) => path.join(root, name));
    const changed = Math.max(...folders.filter((folder) => fs.existsSync(folder)).map(newestChange));
    if (fs.existsSync(stamp) && fs.statSync(stamp).mtimeMs > changed) return;
    console.log('Building …');
    if (!run(bundledNode(), [path.join(__dirname, 'build.cjs'), '--package'])) fail('The build failed, see above.');
    fs.writeFileSync(stamp, '');
}

installPackages();
installPrograms();
checkGo();
build();
