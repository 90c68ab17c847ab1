import { AlertmanagerAlerts } from '../../nodes/adapters/alertmanager/alertmanager-alerts';
import { modelLoader, vendorOf } from '../../nodes/adapters/models';
import { PrometheusMetrics } from '../../nodes/adapters/prometheus/prometheus-metrics';
import type { RedisStore } from '../../nodes/adapters/redis/redis-store';
import { RunbookFolder } from '../../nodes/adapters/runbook-folder/runbook-folder';
import { Anchoring } from '../../nodes/core/audit/anchoring';
import { pageLink } from '../../nodes/core/chat/page-link';
import { type Clock, systemClock } from '../../nodes/core/clock';
import type { ModelProvider } from '../../nodes/core/diagnosis/diagnose';
import { needsKey } from '../../nodes/core/diagnosis/model-vendor';
import type { LanguageModel, MetricsSource } from '../../nodes/core/diagnosis/ports';
import { FixError } from '../../nodes/core/errors';
import type { HttpAuth } from '../../nodes/core/http';
import type { Memory } from '../../nodes/core/memory/port';
import { StoreMemory } from '../../nodes/core/memory/store-memory';
import type { Incident } from '../../nodes/core/model/incident';
import type { RunbookLibrary } from '../../nodes/core/model/runbook';
import type { KeyRing } from '../../nodes/core/signing/keys';
import { Incidents } from '../../nodes/core/store/incidents';
import type { IncidentStore } from '../../nodes/core/store/port';
import { hostLog } from '../host/log';
import type { ModelConfig, PluginConfig } from './config';
import { RecentDiagnoses } from './recent-diagnoses';
import { redisOptionsOf } from './redis-options';
import { type Environment, keyRingOf, secretOf } from './secrets';
import { SharedWork } from './shared-work';

const SOURCE_TIMEOUT_MS = 10_000;

/**
 * Adapters with large packages behind them, loaded by the first call that needs them: not every start waits for them.
 */
const later = {
    redis: () =>
        require('../../nodes/adapters/redis/redis-store') as typeof import('../../nodes/adapters/redis/redis-store'),
};

/** What is around the plugin. */
export interface Surroundings {
    environment: Environment;
    /** Folder of the starter library, used when the configuration names none. */
    starterLibrary: string;
    clock?: Clock;
}

/** Everything the commands work with, built on first use; what is missing or down fails alone, with a sentence. */
export class Parts {
    readonly clock: Clock;
    /** Diagnoses that are being made, by incident or alert. */
    readonly diagnosing = new SharedWork<Incident>();
    /** Diagnoses of alerts that are in no store. */
    readonly recent = new RecentDiagnoses();
    private store?: RedisStore;
    private incidentsMade?: Incidents;
    private anchoring?: Anchoring;
    private folder?: RunbookFolder;
    private model?: LanguageModel;
    private metricsMade?: MetricsSource;
    private alertsMade?: AlertmanagerAlerts;

    constructor(
        readonly config: PluginConfig,
        private readonly surroundings: Surroundings,
    ) {
        this.clock = surroundings.clock ?? systemClock;
    }

    get hasStore(): boolean {
        return this.config.redis !== undefined;
    }

    /**
     * Rejects with `CONFIG_MISSING` without Redis in the configuration, and with `STORE_DOWN` while Redis was never
     * reached; what is asked of the store later rejects by itself.
     */
    async incidents(): Promise<Incidents> {
        const { redis } = this.config;
        if (!redis) {
            throw new FixError('CONFIG_MISSING', 'This needs the incident store, and no Redis is configured.', {
                field: 'redis',
                cure: 'Add redis: {host: …} to the configuration of the fix executor. fix alerts, fix diagnose and fix status work without.',
            });
        }
        if (this.incidentsMade) return this.incidentsMade;
        this.store ??= new (later.redis().RedisStore)(
            redisOptionsOf(redis, (variable, field) => this.secret(variable, field)),
        );
        await this.store.open();
        return (this.incidentsMade ??= new Incidents(this.store, this.clock, this.anchoringOf(this.store)?.observe));
    }

    /** What is remembered of past incidents. Rejects as {@link incidents}. */
    async memory(): Promise<Memory> {
        return new StoreMemory((await this.incidents()).store.memories);
    }

    /** Without signing keys nothing is anchored here: a Node-RED finds it. */
    private anchoringOf(store: IncidentStore): Anchoring | undefined {
        if (this.config.signingKeysEnv === undefined) return undefined;
        const report = (thrown: unknown): void => hostLog('error', thrown, { kind: 'audit' });
        return (this.anchoring ??= new Anchoring({
            store,
            keys: () => Promise.resolve().then(() => this.keys()),
            clock: this.clock,
            report,
        }));
    }

    /** Throws `CONFIG_MISSING` or `CONFIG_INVALID`: then nobody decides here. */
    keys(): KeyRing {
        const { signingKeysEnv } = this.config;
        if (signingKeysEnv !== undefined) return keyRingOf(this.secret(signingKeysEnv, 'signingKeysEnv'));
        throw new FixError('CONFIG_MISSING', 'Nothing can be decided here: no signing keys are configured.', {
            field: 'signingKeysEnv',
            cure: 'Name the environment variable that holds the signing keys of the incident store.',
        });
    }

    library(): RunbookLibrary {
        if (!this.folder) {
            this.folder = new RunbookFolder({ folder: this.config.runbooks ?? this.surroundings.starterLibrary });
            this.folder.watch(() => undefined);
        }
        return this.folder;
    }

    /** Undefined when none is configured. A wrong token variable makes each query fail with that sentence. */
    metrics(): MetricsSource | undefined {
        const { prometheus } = this.config;
        if (!prometheus) return undefined;
        const made = (): MetricsSource =>
            (this.metricsMade ??= new PrometheusMetrics({
                url: prometheus.url,
                auth: this.authOf(prometheus.tokenEnv, 'prometheus.tokenEnv'),
                timeoutMs: SOURCE_TIMEOUT_MS,
            }));
        return {
            query: async (promql, signal) => made().query(promql, signal),
            range: async (promql, range, signal) => made().range(promql, range, signal),
        };
    }

    /** Undefined when none is configured. Throws `CONFIG_MISSING` when its token is not there. */
    alerts(): AlertmanagerAlerts | undefined {
        const { alertmanager } = this.config;
        if (!alertmanager) return undefined;
        return (this.alertsMade ??= new AlertmanagerAlerts({
            url: alertmanager.url,
            auth: this.authOf(alertmanager.tokenEnv, 'alertmanager.tokenEnv'),
            timeoutMs: SOURCE_TIMEOUT_MS,
        }));
    }

    /**
     * Undefined when none is configured. One that cannot be used fails in `model()`: then the rules answer and say why.
     */
    provider(): ModelProvider | undefined {
        const { model } = this.config;
        if (!model) return undefined;
        const { calls, tokens, deadlineSeconds } = model.budgets;
        return {
            model: async () => (this.model ??= this.loadModel(model)),
            budget: { callsPerDiagnosis: calls, tokensPerDiagnosis: tokens, deadlineSeconds },
        };
    }

    /** Address of the incident page for one incident; undefined when it is not configured. */
    link(incidentId: string): string | undefined {
        return pageLink(this.config.pageUrl)(incidentId);
    }

    async close(): Promise<void> {
        this.folder?.close();
        await this.anchoring?.close();
        await this.store?.close();
    }

    private loadModel(config: ModelConfig): LanguageModel {
        const { model, apiKeyEnv, timeoutSeconds, retries } = config;
        const vendor = vendorOf(config.vendor);
        const url = config.url ?? vendor.url;
        if (apiKeyEnv === undefined && needsKey(vendor, url)) {
            throw new FixError('CONFIG_MISSING', `${url} needs an API key, and none is configured.`, {
                field: 'model.apiKeyEnv',
                cure: 'Name in model.apiKeyEnv the environment variable that holds the API key.',
            });
        }
        const apiKey = apiKeyEnv === undefined ? '' : this.secret(apiKeyEnv, 'model.apiKeyEnv');
        return modelLoader(vendor, { model, url, apiKey, timeoutMs: timeoutSeconds * 1_000, retries }, config)();
    }

    private authOf(tokenEnv: string | undefined, field: string): HttpAuth {
        return tokenEnv === undefined ? { kind: 'none' } : { kind: 'bearer', token: this.secret(tokenEnv, field) };
    }

    private secret(name: string, field: string): string {
        return secretOf(this.surroundings.environment, name, field);
    }
}
