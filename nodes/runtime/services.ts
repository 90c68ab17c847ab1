import type { ChatChannel } from '../core/chat/card';
import type { GroupDirectory } from '../core/approval/approval';
import type { KeyRing } from '../core/approval/keys';
import type { AlertSource, LanguageModel, MetricsSource } from '../core/diagnosis/ports';
import type { RunbookLibrary } from '../core/runbook/runbook';
import type { Incidents } from '../core/store/incidents';

/**
 * What each config node offers to the others, as its `service` property. A node asks for it through
 * `runtime/config-node.ts`; no node imports another.
 */
export interface IncidentStoreService {
    /** Opens on first use; rejects with `STORE_DOWN`. */
    incidents(): Promise<Incidents>;
    keys(): Promise<KeyRing>;
    /** Folder for run logs and other files of this store, 0700. */
    folder: string;
    /** May a person without admin authentication decide on the incident page? Off by default. */
    demoOperator: boolean;
}

export interface LlmProviderService {
    /** Loads the SDK on first use. */
    model(): Promise<LanguageModel>;
    budget: { callsPerDiagnosis: number; tokensPerDiagnosis: number; deadlineSeconds: number };
}

export interface PrometheusServerService {
    metrics: MetricsSource;
    /** Absent when no Alertmanager address is configured. */
    alerts?: AlertSource;
}

export interface RunbookLibraryService {
    library: RunbookLibrary;
}

export interface ChatChannelService {
    platform: 'page' | 'slack';
    channel: ChatChannel;
    /** Present where the platform has user groups. */
    groups?: GroupDirectory;
    language: 'en-US' | 'zh-CN';
}
