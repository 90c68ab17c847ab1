import type { Node, NodeAPI } from 'node-red';
import { FixError } from '../core/errors';

/** A config node that offers a service; `unusable` says why it does not. */
export type ServiceNode<Service> = Node & { service?: Service; unusable?: FixError };

/**
 * The service of the config node that `id` names. Throws `CONFIG_MISSING` naming the field when there is
 * none, or when that node could not be built: then with that node's own reason and cure.
 */
export function requireService<Service>(RED: NodeAPI, id: string | undefined, type: string, field: string): Service {
    const service = optionalService<Service>(RED, id);
    if (service) return service;
    const broken = serviceNode<Service>(RED, id)?.unusable;
    if (broken) {
        throw new FixError('CONFIG_MISSING', `The selected ${type} cannot be used: ${broken.message}`, {
            field,
            cure: broken.cure,
            cause: broken,
        });
    }
    throw new FixError('CONFIG_MISSING', `No usable ${type} is selected.`, {
        field,
        cure: 'Open this node and choose one. If one is chosen, open it and correct what it reports.',
    });
}

/** The same for a config node that may be left out. */
export function optionalService<Service>(RED: NodeAPI, id: string | undefined): Service | undefined {
    return serviceNode<Service>(RED, id)?.service;
}

function serviceNode<Service>(RED: NodeAPI, id: string | undefined): ServiceNode<Service> | undefined {
    if (!id || id === '_ADD_') return undefined;
    return (RED.nodes.getNode(id) as ServiceNode<Service> | null) ?? undefined;
}
