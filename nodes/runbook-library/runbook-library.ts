import { join, resolve } from 'node:path';
import type { NodeAPI, NodeDef } from 'node-red';
import { RunbookFolder } from '../adapters/runbook-folder/runbook-folder';
import { FixError } from '../core/errors';
import { counted } from '../core/incident/summary';
import type { RunbookLibrary } from '../core/model/runbook';
import { problemText } from '../core/runbook/parse';
import { formatMatchers } from '../core/text/matcher';
import type { ServiceNode } from '../runtime/config-node';
import { defineNode, type NodeContext } from '../runtime/define-node';
import { requireResolved } from '../runtime/env';
import type { RunbookLibraryService } from '../runtime/services';

interface Config extends NodeDef {
    source: 'starter' | 'folder';
    folder: string;
    inventory: string;
}

/** The runbooks that come with this package. */
const STARTER = join(__dirname, 'starter');

export = function register(RED: NodeAPI): void {
    defineNode<Config>(RED, 'runbook-library', (context) => {
        const library = openLibrary(context);
        (context.node as ServiceNode<RunbookLibraryService>).service = { library };
        const report = problemReporter(context, library);
        report();
        library.watch(report);
        return { close: () => Promise.resolve(library.close()) };
    });

    RED.httpAdmin.get(
        '/alert-to-fix/runbook-library/:id',
        RED.auth.needsPermission('alert-to-fix.read'),
        (request, response) => {
            const node = RED.nodes.getNode(request.params.id ?? '') as ServiceNode<RunbookLibraryService> | null;
            if (node?.type === 'runbook-library' && node.service) response.json(overview(node.service.library));
            else response.status(404).json({ code: 'CONFIG_MISSING', message: 'No such runbook library is deployed.' });
        },
    );
};

function openLibrary({ RED, config }: NodeContext<Config>): RunbookFolder {
    const { source, folder, inventory } = config;
    requireResolved({ folder, inventory });
    if (source !== 'starter' && !folder?.trim()) {
        throw new FixError('CONFIG_INVALID', 'No library folder is set.', {
            field: 'folder',
            cure: 'Enter the folder that contains runbooks/ and playbooks/, or choose the starter library.',
        });
    }
    const path = source === 'starter' ? STARTER : resolve(RED.settings.userDir ?? '.', folder.trim());
    return new RunbookFolder({ folder: path, inventory: inventory?.trim() });
}

/** Shows the state of the library after each read, and logs each problem once as long as it lasts. */
function problemReporter({ node, status }: NodeContext<Config>, library: RunbookLibrary): () => void {
    let reported = new Set<string>();
    return () => {
        const problems = library.problems().map(problemText);
        for (const problem of problems) if (!reported.has(problem)) node.warn(problem);
        reported = new Set(problems);
        const runbooks = counted(library.runbooks().length, 'runbook');
        if (problems.length > 0) status.failed(`${runbooks}, ${counted(problems.length, 'problem')}`);
        else status.ready(runbooks);
    };
}

/** What the editor's dialog shows. */
function overview(library: RunbookLibraryService['library']): object {
    return {
        folder: library.folder,
        inventory: library.inventory,
        runbooks: library.runbooks().map(({ id, title, alerts, actions }) => ({
            id,
            title,
            alerts: alerts.map(formatMatchers),
            actions: actions.map((action) => ({ id: action.id, title: action.title, risk: action.risk })),
        })),
        problems: library.problems(),
    };
}
