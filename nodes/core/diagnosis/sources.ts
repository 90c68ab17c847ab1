import type { MemoryRecord } from '../model/memory';
import type { Runbook } from '../model/runbook';
import type { EvidenceTool } from './evidence-tool';
import type { AlertSource, MetricsSource } from './ports';

/** Past incidents of an alert name, the newest first. */
export type PastIncidents = (alertname: string) => Promise<MemoryRecord[]>;

/** What evidence comes from, as far as it is configured. */
export interface Sources {
    /** All runbooks of the library. */
    runbooks: readonly Runbook[];
    metrics?: MetricsSource;
    alerts?: AlertSource;
    pastIncidents?: PastIncidents;
    /** Further tools, e.g. of adapters. One whose name is taken is left out. */
    tools?: readonly EvidenceTool[];
}
