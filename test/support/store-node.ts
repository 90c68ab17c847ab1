import type { Node, NodeAPI, NodeDef } from 'node-red';
import { RunFolders } from '../../nodes/adapters/ansible/run-folders';
import { Metrics } from '../../nodes/adapters/prom-client/metrics';
import { systemClock } from '../../nodes/core/clock';
import { StoreMemory } from '../../nodes/core/memory/store-memory';
import { Incidents } from '../../nodes/core/store/incidents';
import type { IncidentStore } from '../../nodes/core/store/port';
import type { ServiceNode } from '../../nodes/runtime/config-node';
import type { IncidentStoreService } from '../../nodes/runtime/services';
import { keys } from './approvals';

/** What a config node for tests offers: the given store, which the test looks into as well. */
export function serviceOf(store: IncidentStore, parts: Partial<IncidentStoreService> = {}): IncidentStoreService {
    const metrics = new Metrics();
    const incidents = new Incidents(store, systemClock, metrics.observe);
    return {
        incidents: () => Promise.resolve(incidents),
        memory: () => Promise.resolve(new StoreMemory(store.memories)),
        keys: () => Promise.resolve(keys),
        folder: '',
        runs: new RunFolders(parts.folder ?? ''),
        demoOperator: false,
        metrics,
        ...parts,
    };
}

/** Registers an `incident-store` config node that hands out a store which the test has opened. */
export function storeNode(service: () => IncidentStoreService): (RED: NodeAPI) => void {
    return (RED) => {
        function construct(this: ServiceNode<IncidentStoreService> & Node, config: NodeDef): void {
            RED.nodes.createNode(this, config);
            this.service = service();
        }
        RED.nodes.registerType('incident-store', construct as never);
    };
}
