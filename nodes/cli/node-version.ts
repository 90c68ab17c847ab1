const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

// Imported first: nothing else of this package loads on an older Node.js.
if (major < 22 || (major === 22 && minor < 13)) {
    process.stderr.write(
        `alert-to-fix needs Node.js 22.13 or newer, and this is ${process.versions.node}. Install a newer one, or use the one that Node-RED runs on.\n`,
    );
    process.exit(2);
}
