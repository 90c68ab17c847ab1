import type { Chat } from '../core/chat/platform';
import type { Language } from '../core/chat/texts';
import type { AlertingRules, AlertMemory, LanguageModel, MetricsSource } from '../core/diagnosis/ports';
import type { Memory } from '../core/memory/port';
import type { GroupDirectory, Policy } from '../core/model/approval';
import type { RunbookLibrary } from '../core/model/runbook';
import type { Stage } from '../core/model/stage';
import type { RunArchive } from '../core/remediation/ports';
import type { KeyRing } from '../core/signing/keys';
import type { Incidents } from '../core/store/incidents';

/**
 * What each config node offers to the others, as its `service` property. A node asks for it through
 * `runtime/config-node.ts`; no node imports another.
 */
export interface IncidentStoreService {
    /** Opens on first use; rejects with `STORE_DOWN`. */
    incidents(): Promise<Incidents>;
    /** What is remembered of past incidents. Rejects as `incidents`. */
    memory(): Promise<Memory>;
    keys(): Promise<KeyRing>;
    /** Folder for signing keys, runs and other files of this store, 0700. */
    folder: string;
    /** What the runs of this store's fixes left, such as their logs. */
    runs: RunArchive;
    /** May a person without admin authentication decide on the incident page? Off by default. */
    demoOperator: boolean;
    metrics: StoreMetrics;
}

/** What happened to the incidents of one store in this process, for Prometheus. */
export interface StoreMetrics {
    /** The text exposition; `countByStage` is asked for the incidents that are in the store now. */
    text(countByStage: () => Promise<Partial<Record<Stage, number>>>): Promise<{ contentType: string; body: string }>;
}

export interface LlmProviderService {
    /** Loads the SDK on first use. */
    model(): Promise<LanguageModel>;
    budget: { callsPerDiagnosis: number; tokensPerDiagnosis: number; deadlineSeconds: number };
}

export interface PrometheusServerService {
    metrics: MetricsSource;
    rules: AlertingRules;
    /** Absent when no Alertmanager address is configured. */
    alerts?: AlertMemory;
}

/** Where a runbook library lies: absolute paths. */
export interface LibraryFolder {
    /** The folder that holds `runbooks/`, `playbooks/`, inventory and ansible.cfg. */
    readonly folder: string;
    /** The inventory file or folder. */
    readonly inventory: string;
}

export interface RunbookLibraryService {
    library: RunbookLibrary & LibraryFolder;
}

export interface ChatChannelService extends Pick<Chat, 'channel' | 'groups' | 'state' | 'onState'> {
    language: Language;
    /** Address of the incident page for one incident; undefined when the public address is not configured. */
    link(incidentId: string): string | undefined;
}

/**
 * What an approval gate offers: `plan.terms.gate` is the id of the gate node, so whoever decides or runs can ask
 * the directory for which the terms were written.
 */
export interface ApprovalGateService {
    /** As it is deployed now: whoever runs a plan asks again. */
    policy: Policy;
    /** Present when the gate has a chat channel with user groups. */
    groups?: GroupDirectory;
}
