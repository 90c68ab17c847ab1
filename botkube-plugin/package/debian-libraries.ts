import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { LIBRARIES, type Platform } from './platforms';
import { CACHE, once, run } from './workspace';

/** The release whose glibc and libstdc++ belong together; its signatures are checked with Debian's own keys. */
const SUITE = 'bookworm';
const PACKAGES = ['libc6', 'libstdc++6', 'libgcc-s1', 'gcc-12-base', 'base-files'];
const KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg';
const COMMON_LICENCES = ['LGPL-2.1', 'LGPL-3', 'GPL-2', 'GPL-3'];

/**
 * A folder with glibc's loader, the libraries, and `licences/`; from Debian packages, which are unpacked and not
 * installed.
 */
export function debianLibraries(platform: Platform): string {
    return once(path.join(CACHE, `debian-${SUITE}-${platform.architecture}`), (folder) => {
        const state = path.join(folder, 'apt');
        const unpacked = path.join(folder, 'unpacked');
        for (const name of [
            state,
            unpacked,
            path.join(state, 'lists/partial'),
            path.join(state, 'cache/archives/partial'),
        ])
            mkdirSync(name, { recursive: true });
        download(platform, state);
        const packages = readdirSync(state).filter((name) => name.endsWith('.deb'));
        for (const name of packages) run('dpkg-deb', ['-x', path.join(state, name), unpacked]);
        copyLibraries(platform, unpacked, folder);
        copyLicences(unpacked, path.join(folder, 'licences'), packages);
        run('rm', ['-r', state, unpacked]);
    });
}

/** Fetches the packages with apt, which gets lists and settings of its own: the machine's stay untouched. */
function download({ architecture }: Platform, state: string): void {
    const sources = ['debian', 'debian-security'].map((archive) => {
        const suite = archive === 'debian' ? SUITE : `${SUITE}-security`;
        return `deb [signed-by=${KEYS}] http://deb.debian.org/${archive} ${suite} main\n`;
    });
    if (!existsSync(KEYS)) throw new Error(`${KEYS} is missing: install the package debian-archive-keyring.`);
    writeFileSync(path.join(state, 'sources.list'), sources.join(''));
    writeFileSync(path.join(state, 'status'), '');
    const settings = {
        'Dir::State::lists': `${state}/lists`,
        'Dir::State::status': `${state}/status`,
        'Dir::Cache': `${state}/cache`,
        'Dir::Etc::sourcelist': `${state}/sources.list`,
        'Dir::Etc::sourceparts': '-',
        'APT::Architecture': architecture,
        'APT::Architectures': architecture,
        'APT::Sandbox::User': 'root',
        'Acquire::Languages': 'none',
        'Acquire::Retries': '3',
    };
    const options = ['-qq', ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
    run('apt-get', [...options, 'update'], state);
    run('apt-get', [...options, 'download', ...PACKAGES], state);
}

function copyLibraries({ loader, triplet }: Platform, unpacked: string, folder: string): void {
    const places = [`lib/${triplet}`, `usr/lib/${triplet}`].map((name) => path.join(unpacked, name));
    for (const library of [loader, ...LIBRARIES]) {
        const found = places.map((place) => path.join(place, library)).find((file) => existsSync(file));
        if (!found) throw new Error(`Debian's packages hold no ${library}.`);
        copyFileSync(found, path.join(folder, library));
    }
}

function copyLicences(unpacked: string, target: string, packages: readonly string[]): void {
    mkdirSync(target);
    for (const name of ['libc6', 'gcc-12-base'])
        copyFileSync(path.join(unpacked, 'usr/share/doc', name, 'copyright'), path.join(target, name));
    for (const name of COMMON_LICENCES)
        copyFileSync(path.join(unpacked, 'usr/share/common-licenses', name), path.join(target, name));
    const shipped = packages.filter((name) => /^lib/.test(name)).sort();
    writeFileSync(
        path.join(target, 'SOURCES'),
        `Unmodified libraries of these Debian packages, whose sources are at https://snapshot.debian.org:\n${shipped.map(decodeURIComponent).join('\n')}\n`,
    );
}
