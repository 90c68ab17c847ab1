import fs from 'node:fs';
import path from 'node:path';

/**
 * A stand-in for `systemctl` that knows one unit, run by the given start command; for machines that were not
 * booted with systemd. Speaks what Ansible's systemd module asks: show, list-unit-files, is-enabled, start, restart.
 * Gives the folder to put in front of PATH.
 */
export function standInSystemctl(folder: string, unit: string, service: { pid_file: string; start: string[] }): string {
    const script = `#!${process.execPath}
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const words = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const [verb, named] = words;
const known = named === ${JSON.stringify(unit)};
const claimed = fs.existsSync(${JSON.stringify(service.pid_file)}) ? Number(fs.readFileSync(${JSON.stringify(service.pid_file)}, 'utf8')) : 0;
let pid = 0;
try { if (fs.readFileSync('/proc/' + claimed + '/cmdline').length > 0) pid = claimed; } catch {} // a zombie has no command line
if (verb === 'show') {
    const state = known ? (pid > 0 ? 'active' : 'failed') : 'inactive'; // a unit that does not run has failed
    console.log(['Id=' + named, 'LoadState=' + (known ? 'loaded' : 'not-found'), 'ActiveState=' + state, 'MainPID=' + (known ? pid : 0), 'Nice=0'].join('\\n'));
    process.exit(0);
}
if (!known) process.exit(5);
if (verb === 'restart' && pid > 0) process.kill(pid, 'SIGKILL');
if (verb === 'restart' || (verb === 'start' && pid === 0)) spawnSync(${JSON.stringify(service.start[0])});
fs.appendFileSync(${JSON.stringify(path.join(folder, 'systemctl.log'))}, words.join(' ') + '\\n');
`;
    const bin = path.join(folder, 'bin');
    fs.mkdirSync(bin, { recursive: true });
    fs.writeFileSync(path.join(bin, 'systemctl'), script, { mode: 0o755 });
    return bin;
}
