import type { AddressInfo } from 'node:net';
import type { Node, NodeAPI } from 'node-red';
import { FixError } from '../core/errors';
import type { ServiceNode } from '../runtime/config-node';
import type { IncidentStoreService } from '../runtime/services';
import type { PageSecurity } from './decider';

/** A store of the deployed flows, and who may decide on its incidents. */
export interface PageStore {
    id: string;
    name: string;
    service: IncidentStoreService;
    security: PageSecurity;
    /** Is this node deployed here, built, and on this store? */
    hasNode(id: string): boolean;
}

/** Every incident store that is deployed and built. */
export function pageStores(RED: NodeAPI): PageStore[] {
    const stores: PageStore[] = [];
    const { adminAuth } = RED.settings as { adminAuth?: unknown };
    RED.nodes.eachNode(({ id, type, name }) => {
        if (type !== 'incident-store') return;
        const node = RED.nodes.getNode(id) as (Node & ServiceNode<IncidentStoreService>) | null;
        const service = node?.service;
        if (!service) return;
        const security = {
            hasAdminAuth: Boolean(adminAuth),
            listensOn: listeningAddress(RED),
            demoOperator: service.demoOperator,
        };
        stores.push({ id, name: name || id, service, security, hasNode: (wanted) => usesStore(RED, wanted, id) });
    });
    return stores;
}

function usesStore(RED: NodeAPI, nodeId: string, store: string): boolean {
    const node = RED.nodes.getNode(nodeId) as ServiceNode<never> | null;
    let isOnStore = false;
    RED.nodes.eachNode((config) => {
        if (config.id === nodeId) isOnStore = 'store' in config && config.store === store;
    });
    return node !== null && node.unusable === undefined && isOnStore;
}

/** The store with this id, or the first. Throws `CONFIG_MISSING` when there is none. */
export function findStore(RED: NodeAPI, id: unknown): PageStore {
    const stores = pageStores(RED);
    const store = typeof id === 'string' && id !== '' ? stores.find((candidate) => candidate.id === id) : stores[0];
    if (store) return store;
    throw new FixError('CONFIG_MISSING', 'No incident store is deployed.', {
        cure: 'Deploy a flow with an incident-store configuration.',
    });
}

function listeningAddress({ server }: NodeAPI): string | undefined {
    const address: AddressInfo | string | null = server.address();
    return typeof address === 'object' ? address?.address : undefined;
}
