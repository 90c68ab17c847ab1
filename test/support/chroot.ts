import { spawnSync } from 'node:child_process';
import { chownSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { PluginStart } from './go-plugin-host';

/** User and group of Botkube's chart. */
const UID = 101;

/** Every mount is the process's own, and goes with it. Of the environment only what the host adds is kept. */
const ENTER = `set -e
mount --bind "$1" "$1"
mount -o remount,bind,ro "$1"
mount --bind "$2" "$1/tmp"
mount -t proc proc "$1/proc"
mount --bind /dev/null "$1/dev/null"
root="$1"
shift 2
names="$(env | grep -E '^(BOTKUBE|PLUGIN_[A-Z_]+)=' || true)"
exec chroot --userspec=${UID}:${UID} --groups=${UID} "$root" /bin/env -i PATH=/bin $names "$@"`;

/** A root file system like that of Botkube's pod: read-only but for `/tmp`, and nothing in it but a static busybox. */
export interface BareRoot {
    /** Everything inside, as this process sees it. */
    root: string;
    /** Its `/tmp`, as this process sees it. */
    tmp: string;
    /** How to start a program inside as uid 101; the process that is started becomes that program. */
    inside(...command: string[]): PluginStart;
    remove(): void;
}

/** Needs root. */
export function bareRoot(): BareRoot {
    // Not below a long TMPDIR: the path of a socket has 107 bytes at most.
    const folder = mkdtempSync('/tmp/fix-root-');
    const [root, tmp] = [path.join(folder, 'root'), path.join(folder, 'tmp')];
    for (const name of ['root/bin', 'root/tmp', 'root/proc', 'root/dev', 'tmp'])
        mkdirSync(path.join(folder, name), { recursive: true });
    chownSync(tmp, UID, UID);
    writeFileSync(path.join(root, 'dev/null'), '');
    copyFileSync(programPath('busybox'), path.join(root, 'bin/busybox'));
    for (const applet of spawnSync('busybox', ['--list'], { encoding: 'utf8' }).stdout.trim().split('\n')) {
        if (applet !== 'busybox') symlinkSync('busybox', path.join(root, 'bin', applet));
    }
    return {
        root,
        tmp,
        inside: (...command) => ({
            command: 'unshare',
            args: ['--mount', '--propagation', 'private', 'sh', '-c', ENTER, 'sh', root, tmp, ...command],
            seenAt: (socket) => socket.replace(/^\/tmp\//, `${tmp}/`),
        }),
        remove: () => rmSync(folder, { recursive: true, force: true }),
    };
}

function programPath(program: string): string {
    return spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).stdout.trim();
}
