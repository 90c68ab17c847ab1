import { upwardImports } from '../support/layers';

const root = `${__dirname}/../..`;

test('imports point down only: nodes → runtime → core, nodes → adapters → core', () => {
    expect(upwardImports(root)).toEqual([]);
});

describe('the layer rule notices', () => {
    const cases: [string, string, string][] = [
        ['a core file that imports an adapter', 'nodes/core/store/x.ts', "import '../../adapters/redis/store';"],
        ['a core file that imports node-red', 'nodes/core/store/x.ts', "import type { NodeAPI } from 'node-red';"],
        ['a core file that opens a socket', 'nodes/core/store/x.ts', "import { connect } from 'node:net';"],
        ['an adapter that imports another adapter', 'nodes/adapters/redis/x.ts', "import '../sqlite/store';"],
        ['an adapter that imports the runtime', 'nodes/adapters/redis/x.ts', "import '../../runtime/status';"],
        ['a node that imports another node', 'nodes/alert-in/x.ts', "import '../chat-out/chat-out';"],
        ['the runtime that imports an adapter', 'nodes/runtime/x.ts', "import '../adapters/redis/store';"],
        ['the plugin that imports the runtime', 'botkube-plugin/x.ts', "import '../nodes/runtime/status';"],
        ['the plugin that imports a node', 'botkube-plugin/x.ts', "const x = require('../nodes/alert-in/alert-in');"],
    ];
    test.each(cases)('%s', (_what, file, source) => {
        expect(upwardImports(root, new Map([[file, source]]))).toEqual([expect.stringContaining(file)]);
    });
});
