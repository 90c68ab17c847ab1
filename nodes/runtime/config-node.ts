import type { Node, NodeAPI } from 'node-red';
import { FixError } from '../core/errors';

/** A config node that offers a service. */
export type ServiceNode<Service> = Node & { service?: Service };

/**
 * The service of the config node that `id` names. Throws `CONFIG_MISSING` naming the field when there is
 * none, or when that node could not be built.
 */
export function requireService<Service>(RED: NodeAPI, id: string | undefined, type: string, field: string): Service {
    const service = optionalService<Service>(RED, id);
    if (service) return service;
    throw new FixError('CONFIG_MISSING', `No usable ${type} is selected.`, {
        field,
        cure: `Open this node and choose a ${type}; if one is chosen, open that and mend what it reports.`,
    });
}

/** The same for a config node that may be left out. */
export function optionalService<Service>(RED: NodeAPI, id: string | undefined): Service | undefined {
    if (!id || id === '_ADD_') return undefined;
    const node = RED.nodes.getNode(id) as ServiceNode<Service> | null;
    return node?.service;
}
