import type { NodeAPI, NodeDef } from 'node-red';
import { z } from 'zod';
import { CHATS } from '../adapters/chats';
import type { Doors } from '../core/approval/policy-warnings';
import type { PlatformName } from '../core/model/platforms';

/** What the editor says of a gate's surroundings as they are drawn, deployed or not. */
export const drawn = z.object({
    /** Platforms of the chat-channels that record decisions in the gate's store. */
    chats: z.array(z.string()),
    kind: z.string().nullish(),
    demoOperator: z.boolean(),
});

type Drawn = z.infer<typeof drawn>;

/** The ways on which decisions come in, for a gate whose surroundings the editor shows like this. */
export function doorsOf(RED: NodeAPI, { chats, kind, demoOperator }: Drawn): Doors {
    return {
        chats: chats.filter(takesDecisions),
        page: pageUsers(RED, demoOperator),
        botkube: kind === 'redis',
    };
}

/** The same as deployed: chats and store of the active flows. */
export function deployedDoors(RED: NodeAPI, storeId: string): Doors {
    const found: Drawn = { chats: [], demoOperator: false };
    RED.nodes.eachNode((node) => {
        const config = node as NodeDef & Record<string, unknown>;
        if (config.d === true) return;
        if (config.type === 'chat-channel' && config.store === storeId) found.chats.push(String(config.platform));
        if (config.id !== storeId) return;
        found.kind = String(config.kind);
        found.demoOperator = config.demoOperator === true;
    });
    return doorsOf(RED, found);
}

function takesDecisions(name: string): name is PlatformName {
    return Object.hasOwn(CHATS, name) && CHATS[name as PlatformName]?.takesDecisions === true;
}

/** Whom Node-RED's login lets in, where it has a list; without a login only the demo operator is anybody. */
function pageUsers(RED: NodeAPI, demoOperator: boolean): Doors['page'] {
    if (!RED.httpAdmin) return [];
    const { adminAuth } = RED.settings as { adminAuth?: { users?: unknown; tokens?: unknown } };
    if (!adminAuth) return demoOperator ? ['demo-operator'] : [];
    const { users, tokens } = adminAuth;
    if (!Array.isArray(users) || tokens !== undefined) return 'any';
    return users.map((user: { username?: unknown }) => String(user.username));
}
