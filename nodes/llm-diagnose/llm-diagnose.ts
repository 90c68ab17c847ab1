import type { NodeAPI, NodeDef } from 'node-red';
import { optionalService, requireService } from '../runtime/config-node';
import { defineNode, type NodeBehaviour, type NodeContext } from '../runtime/define-node';
import { requireNumber } from '../runtime/fields';
import { incidentIdOf } from '../runtime/message';
import type {
    IncidentStoreService,
    LlmProviderService,
    PrometheusServerService,
    RunbookLibraryService,
} from '../runtime/services';
import { watchStore } from '../runtime/store-watch';
import { DiagnoseSteps, type Tools } from './diagnose-steps';

interface Config extends NodeDef {
    store: string;
    library: string;
    /** Empty: no metrics. */
    prometheus: string;
    /** Empty: the rule engine answers. */
    provider: string;
    /** Diagnoses at a time. */
    concurrency: number | string;
}

/** Finds the cause of an incident and what would fix it. */
export = function llmDiagnose(RED: NodeAPI): void {
    defineNode<Config>(RED, 'llm-diagnose', build);
};

function build(context: NodeContext<Config>): NodeBehaviour {
    const { RED, config, closing } = context;
    const store = requireService<IncidentStoreService>(RED, config.store, 'incident-store', 'store');
    const concurrency = requireNumber('concurrency', config.concurrency, 1, 50);
    const steps = new DiagnoseSteps(context, toolsOf(context, store), concurrency);
    return {
        start: async () => watchStore(store, steps.desk, closing),
        input: async (msg, send) => steps.take(await store.incidents(), incidentIdOf(msg), msg, send),
    };
}

function toolsOf({ RED, config }: NodeContext<Config>, store: IncidentStoreService): Tools {
    const { library } = requireService<RunbookLibraryService>(RED, config.library, 'runbook-library', 'library');
    const prometheus = isChosen(config.prometheus)
        ? requireService<PrometheusServerService>(RED, config.prometheus, 'prometheus-server', 'prometheus')
        : undefined;
    return {
        library,
        memory: () => store.memory(),
        keys: () => store.keys(),
        metrics: prometheus?.metrics,
        alerts: prometheus?.alerts,
        provider: isChosen(config.provider) ? providerOf(RED, config.provider) : undefined,
        isModelUnusable: isChosen(config.provider) && !optionalService<LlmProviderService>(RED, config.provider),
    };
}

/** A chosen provider that could not be built fails each diagnosis over to the rules, with the reason on the card. */
function providerOf(RED: NodeAPI, id: string): LlmProviderService {
    const service = (): LlmProviderService => requireService<LlmProviderService>(RED, id, 'llm-provider', 'provider');
    try {
        return service();
    } catch {
        return {
            model: async () => service().model(),
            budget: { callsPerDiagnosis: 1, tokensPerDiagnosis: 1, deadlineSeconds: 1 },
        };
    }
}

function isChosen(id: string | undefined): id is string {
    return Boolean(id) && id !== '_ADD_';
}
