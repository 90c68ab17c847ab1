import type { NodeAPI, NodeDef } from 'node-red';
import { FixError } from '../core/errors';
import type { Memory } from '../core/memory/port';
import { recall, recallText } from '../core/memory/recall';
import { remember, rememberText } from '../core/memory/remember';
import type { Incident } from '../core/model/incident';
import type { Incidents } from '../core/store/incidents';
import { requireService } from '../runtime/config-node';
import { defineNode } from '../runtime/define-node';
import { requireNumber } from '../runtime/fields';
import { incidentIdOf, withIncident } from '../runtime/message';
import type { IncidentStoreService } from '../runtime/services';
import { watchStore } from '../runtime/store-watch';

interface MemoryConfig extends NodeDef {
    store: string;
    mode: 'recall' | 'remember';
    /** Maximum number of past incidents put on the message. */
    limit: string | number;
}

type Step = (incidents: Incidents, memory: Memory, id: string) => Promise<{ incident: Incident; text: string }>;

/** Finds past incidents like this one, or remembers how this one ended. */
export = function redisMemory(RED: NodeAPI): void {
    defineNode<MemoryConfig>(RED, 'redis-memory', ({ config, status, closing }) => {
        const step = stepOf(config);
        const service = requireService<IncidentStoreService>(RED, config.store, 'incident-store', 'store');
        return {
            start: async () => {
                watchStore(
                    service,
                    {
                        up: () => status.ready(`redis-memory.status.${config.mode}`),
                        down: ({ code }) => status.failed(code),
                    },
                    closing,
                );
            },
            input: async (msg, send) => {
                const id = incidentIdOf(msg);
                const { incident, text } = await step(await service.incidents(), await service.memory(), id);
                status.ready(`redis-memory.status.${config.mode}`);
                send(withIncident(msg, incident, text));
            },
        };
    });
};

function stepOf({ mode, limit }: MemoryConfig): Step {
    if (mode === 'recall') {
        const most = requireNumber('limit', limit, 1, 20);
        return async (incidents, memory, id) => {
            const incident = await recall(incidents, memory, id, most);
            return { incident, text: recallText(incident.similar ?? []) };
        };
    }
    if (mode === 'remember') {
        return async (incidents, memory, id) => {
            const { incident, outcome } = await remember(incidents, memory, id);
            return { incident, text: rememberText(outcome) };
        };
    }
    throw new FixError('CONFIG_INVALID', 'The mode must be recall or remember.', {
        field: 'mode',
        cure: 'Open the node and choose one.',
    });
}
