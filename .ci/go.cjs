// The Go that test/plugin/go-host needs: Botkube is written for 1.21 or newer, Debian 12 brings 1.19.
'use strict';
const { spawnSync } = require('node:child_process');

const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
const TO_GET_IT = `curl -fsSL https://go.dev/dl/go1.26.8.linux-${architecture}.tar.gz | sudo tar -C /usr/local -xz && export PATH="$PATH:/usr/local/go/bin"`;

/** True when a Go is on the PATH that can compile it. */
function hasGo() {
    const said = spawnSync('go', ['version'], { encoding: 'utf8' }).stdout ?? '';
    const [, major, minor] = /go(\d+)\.(\d+)/.exec(said) ?? [];
    return Number(major) > 1 || (Number(major) === 1 && Number(minor) >= 21);
}

module.exports = { hasGo, TO_GET_IT };
