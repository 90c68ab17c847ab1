import { upwardImports } from '../support/layers';

const root = `${__dirname}/../..`;

test('imports point down only: nodes → runtime → core, nodes → adapters → core, and inside core from floor to floor', () => {
    expect(upwardImports(root)).toEqual([]);
});

describe('the layer rule notices', () => {
    const cases: [string, string, string][] = [
        ['a core file that imports an adapter', 'nodes/core/store/x.ts', "import '../../adapters/redis/store';"],
        ['a core file that imports node-red', 'nodes/core/store/x.ts', "import type { NodeAPI } from 'node-red';"],
        ['a core file that opens a socket', 'nodes/core/store/x.ts', "import { connect } from 'node:net';"],
        ['a core file that touches the disk', 'nodes/core/store/x.ts', "import { rm } from 'node:fs/promises';"],
        ['an adapter that imports another adapter', 'nodes/adapters/redis/x.ts', "import '../sqlite/store';"],
        ['an adapter that imports the runtime', 'nodes/adapters/redis/x.ts', "import '../../runtime/status';"],
        ['an adapter that imports a registry', 'nodes/adapters/redis/x.ts', "import '../models';"],
        ['a node that imports another node', 'nodes/alert-in/x.ts', "import '../chat-out/chat-out';"],
        ['the runtime that imports an adapter', 'nodes/runtime/x.ts', "import '../adapters/redis/store';"],
        ['the plugin that imports the runtime', 'botkube-plugin/x.ts', "import '../nodes/runtime/status';"],
        ['the plugin that imports a node', 'botkube-plugin/x.ts', "const x = require('../nodes/alert-in/alert-in');"],
        ['a room of core that is on no floor', 'nodes/core/attic/x.ts', "import '../errors';"],
    ];
    test.each(cases)('%s', (_what, file, source) => {
        expect(upwardImports(root, new Map([[file, source]]))).toEqual([expect.stringContaining(file)]);
    });
});

describe('the floors of core', () => {
    const importing = (file: string, target: string) => upwardImports(root, new Map([[file, `import '${target}';`]]));

    test('say which floor an import may not climb to', () => {
        expect(importing('nodes/core/store/x.ts', '../approval/gate')).toEqual([
            'nodes/core/store/x.ts imports ../approval/gate: store is on floor 4 and may not climb to approval on floor 6',
        ]);
    });

    test('keep rooms on one floor apart', () => {
        expect(importing('nodes/core/chat/x.ts', '../audit/verify')).toHaveLength(1);
    });

    test('keep the ground free of all rooms', () => {
        expect(importing('nodes/core/errors.ts', './text/text')).toHaveLength(1);
    });

    test('let every room use the rooms below it', () => {
        expect(importing('nodes/core/chat/x.ts', '../approval/gate')).toEqual([]);
        expect(importing('nodes/core/model/x.ts', './plan')).toEqual([]);
        expect(importing('nodes/core/text/x.ts', '../errors')).toEqual([]);
    });
});

test('a registry of adapters may import each of them', () => {
    expect(upwardImports(root, new Map([['nodes/adapters/models.ts', "import './openai/openai-model';"]]))).toEqual([]);
});
