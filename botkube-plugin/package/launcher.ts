import { LOADER } from './platforms';

/**
 * The plugin file beside a dependencies map. It execs, so that the host's SIGKILL meets Node.js itself; started by
 * glibc's own loader, because Botkube's image has none.
 */
export function launcher(): string {
    return `#!/bin/sh
# Botkube starts this; Node.js, its loader, its libraries and the plugin are in the folder of dependencies.
D="\${PLUGIN_DEPENDENCY_DIR:-\${0}_deps}"
${execLine()}
`;
}

/**
 * The head of a plugin file that carries its dependencies behind it, as a tar archive of `<name>.tar.gz`.
 * It unpacks them once, into a folder named by their digest that is renamed into place when complete; starts that come
 * meanwhile wait for it, and leftovers of a start that was killed are removed. Needs nothing but Alpine's busybox.
 */
export function selfExtractingHead(digest: string): string {
    const archiveFrom = headBefore(0, digest).split('\n').length;
    return headBefore(archiveFrom, digest);
}

/** The head of a file whose archive begins on this line. */
function headBefore(archiveFrom: number, digest: string): string {
    return `#!/bin/sh
# Botkube plugin in one file: unpacks Node.js, its loader, its libraries and the plugin once, then starts them.
set -eu
umask 077
for B in "\${PLUGIN_DEPENDENCY_DIR:-\${0}_deps}" "\${TMPDIR:-/tmp}/fix_deps"; do
    mkdir -p "$B" 2>/dev/null && [ -w "$B" ] && break
done
[ -w "$B" ] || { echo "The plugin needs a folder to unpack itself to; $B cannot be written." >&2; exit 1; }
D="$B/${digest}"
L="$D.lock"
unpack() {
    [ ! -d "$D" ] || return 0
    echo $$ > "$L/pid"
    for T in "$D".part.*; do kill -0 "\${T##*.}" 2>/dev/null || rm -rf "$T"; done
    T="$D.part.$$"
    mkdir "$T"
    tail -n +${archiveFrom} "$0" | tar -xf - -C "$T"
    for A in "$T"/*.tar.gz; do tar -xzf "$A" -C "$T"; rm "$A"; done
    mv -T "$T" "$D" 2>/dev/null || rm -rf "$T"
}
waited=0
while [ ! -d "$D" ]; do
    if mkdir "$L" 2>/dev/null; then
        unpack
        rm -rf "$L"
        break
    fi
    holder="$(cat "$L/pid" 2>/dev/null || true)"
    if [ "$waited" -ge 40 ] || { [ "$waited" -ge 2 ] && ! kill -0 "\${holder:-none}" 2>/dev/null; }; then rm -rf "$L"; fi
    sleep 1
    waited=$((waited + 1))
done
${execLine()}
`;
}

/**
 * The plugin answers a command now and then, so it is kept small rather than made fast: no optimizing compilers (their
 * work alone takes 20 MB), a heap that is collected before it grows much, and an allocator that gives memory back.
 * Together they halve the memory after a thousand commands.
 */
const SMALL = ['--no-opt', '--no-maglev', '--optimize-for-size'];

function execLine(): string {
    return `export MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=65536 MALLOC_MMAP_THRESHOLD_=65536
exec "$D/${LOADER}" --library-path "$D" "$D/node" ${SMALL.join(' ')} "$D/bundle.cjs"`;
}
