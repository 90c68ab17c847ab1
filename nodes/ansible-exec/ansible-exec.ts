import type { NodeAPI, NodeDef } from 'node-red';
import { AnsibleExecutor } from '../adapters/ansible/executor';
import { asFixError, FixError } from '../core/errors';
import type { RemediationParts } from '../core/remediation/parts';
import { optionalService, requireService } from '../runtime/config-node';
import { defineNode, type NodeBehaviour, type NodeContext } from '../runtime/define-node';
import { requireResolved } from '../runtime/env';
import { requireNumber } from '../runtime/fields';
import { positionsOf } from '../runtime/flow-position';
import type {
    ApprovalGateService,
    IncidentStoreService,
    PrometheusServerService,
    RunbookLibraryService,
} from '../runtime/services';
import { watchStore } from '../runtime/store-watch';
import { FixSteps, type PartsOf } from './fix-steps';

interface Config extends NodeDef {
    mode: 'dry-run' | 'run';
    store: string;
    library: string;
    /** Empty: the stored alerts tell whether the alert fires. */
    prometheus: string;
    /** Path of ansible-playbook; empty: on PATH. */
    program: string;
    /** Wall-clock limit of one playbook, seconds. */
    timeout: number | string;
    forks: number | string;
    /** Playbooks at a time. */
    concurrency: number | string;
}

/** How often the alert is looked at during verification, seconds. */
const POLL_SECONDS = 2;

/** Shows what a fix would change, or runs an approved fix and proves that it worked. */
export = function ansibleExec(RED: NodeAPI): void {
    defineNode<Config>(RED, 'ansible-exec', build);
};

function build(context: NodeContext<Config>): NodeBehaviour {
    const { RED, config, closing } = context;
    requireResolved({ program: config.program });
    const store = requireService<IncidentStoreService>(RED, config.store, 'incident-store', 'store');
    const { library } = requireService<RunbookLibraryService>(RED, config.library, 'runbook-library', 'library');
    const executor = new AnsibleExecutor({
        program: config.program?.trim() || undefined,
        library,
        folder: store.folder,
    });
    const steps = new FixSteps(
        context,
        modeOf(config),
        partsOf(context, store, { executor, library }),
        requireNumber('concurrency', config.concurrency, 1, 50),
    );
    return {
        start: async () => {
            await executor.clearAway();
            await executor.requireProgram().catch((thrown: unknown) => steps.desk.setTrouble(asFixError(thrown)));
            watchStore(store, steps.desk, closing);
        },
        input: async (msg, send) => steps.take(msg, send),
        close: () => steps.desk.ended(),
    };
}

function modeOf({ mode }: Config): Config['mode'] {
    if (mode === 'dry-run' || mode === 'run') return mode;
    throw new FixError('CONFIG_INVALID', 'The mode must be dry-run or run.', {
        field: 'mode',
        cure: 'Open the node and choose one.',
    });
}

function partsOf(
    { RED, node, config }: NodeContext<Config>,
    store: IncidentStoreService,
    { executor, library }: Pick<RemediationParts, 'executor' | 'library'>,
): PartsOf {
    const isChosen = Boolean(config.prometheus) && config.prometheus !== '_ADD_';
    const prometheus = isChosen
        ? requireService<PrometheusServerService>(RED, config.prometheus, 'prometheus-server', 'prometheus')
        : undefined;
    const timeoutSeconds = requireNumber('timeout', config.timeout, 1, 86_400);
    const forks = requireNumber('forks', config.forks, 1, 1000);
    return async (progress) => ({
        incidents: await store.incidents(),
        keys: await store.keys(),
        executor,
        library,
        timeoutSeconds,
        forks,
        alerts: prometheus?.alerts,
        metrics: prometheus?.metrics,
        policyOf: (gate) => optionalService<ApprovalGateService>(RED, gate)?.policy,
        directoryOf: (gate) => optionalService<ApprovalGateService>(RED, gate)?.groups,
        positions: positionsOf(node.id),
        progress,
        pollSeconds: POLL_SECONDS,
    });
}
