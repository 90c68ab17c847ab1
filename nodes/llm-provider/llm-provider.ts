import type { NodeAPI, NodeDef } from 'node-red';
import { dialogVendors, modelLoader, vendorOf } from '../adapters/models';
import type { LanguageModel } from '../core/diagnosis/ports';
import { FixError } from '../core/errors';
import type { ServiceNode } from '../runtime/config-node';
import { defineNode } from '../runtime/define-node';
import { requireResolved } from '../runtime/env';
import { requireNumber, requireUrl } from '../runtime/fields';
import type { LlmProviderService } from '../runtime/services';

interface Config extends NodeDef {
    /** Id of a vendor in the registry; its own fields are members of the configuration, too. */
    vendor: string;
    model: string;
    /** Empty for the vendor's own. */
    url: string;
    /** Longest wait for one answer, seconds. */
    timeout: number | string;
    retries: number | string;
    /** What one diagnosis may cost. */
    calls: number | string;
    tokens: number | string;
    deadline: number | string;
}

interface Credentials {
    apiKey?: string;
}

/** A language model and what one diagnosis may cost. */
export = function llmProvider(RED: NodeAPI): void {
    defineNode<Config, Credentials>(
        RED,
        'llm-provider',
        ({ node, config }) => {
            requireResolved({ model: config.model, url: config.url, ...node.credentials });
            const load = loaderOf(config, node.credentials?.apiKey?.trim() ?? '');
            let model: LanguageModel | undefined;
            (node as ServiceNode<LlmProviderService>).service = {
                model: async () => (model ??= load()),
                budget: {
                    callsPerDiagnosis: requireNumber('calls', config.calls, 1, 50),
                    tokensPerDiagnosis: requireNumber('tokens', config.tokens, 1_000, 10_000_000),
                    deadlineSeconds: requireNumber('deadline', config.deadline, 1, 3_600),
                },
            };
            return {};
        },
        {
            credentials: { apiKey: { type: 'password' } },
            settings: { llmProviderVendors: { value: dialogVendors(), exportable: true } },
        },
    );
};

/** Checks the configuration now, loads the vendor's SDK later. */
function loaderOf(config: Config, apiKey: string): () => LanguageModel {
    const vendor = vendorOf(config.vendor);
    const common = {
        model: requireText('model', config.model, `Enter the name of the model, such as ${vendor.exampleModel}.`),
        url: requireUrl('url', config.url?.trim() || vendor.url),
        apiKey,
        timeoutMs: requireNumber('timeout', config.timeout, 1, 3_600) * 1_000,
        retries: requireNumber('retries', config.retries, 0, 5),
    };
    return modelLoader(vendor, common, config);
}

function requireText(field: string, value: string | undefined, cure: string): string {
    if (value?.trim()) return value.trim();
    throw new FixError('CONFIG_INVALID', `The field ${field} is empty.`, { field, cure });
}
