import type { NodeAPI } from 'node-red';
import type { Identity } from '../../../nodes/core/model/identity';
import { decisionTaker, type TakeDecision } from '../../../nodes/runtime/decisions';
import { atTheGate, keys, sealOf } from '../../support/approvals';
import { type TemporaryStore, temporarySqlite } from '../../support/stores';

const SAM: Identity = { platform: 'mattermost', id: 'sam' };

let opened: TemporaryStore;
let logged: string[];
beforeEach(async () => {
    opened = await temporarySqlite();
    logged = [];
});
afterEach(() => opened.close());

/** As a chat of any platform has it; `nodes` are the config nodes of the flow. */
function taker(nodes: Record<string, unknown>, language: 'en-US' | 'zh-CN' = 'en-US'): TakeDecision {
    const RED = { nodes: { getNode: (id: string) => nodes[id] ?? null } } as unknown as NodeAPI;
    return decisionTaker({ RED, node: { log: (text: string) => logged.push(text) }, store: 'store', language });
}

const withStore = (): Record<string, unknown> => ({
    store: { service: { incidents: async () => opened.incidents, keys: async () => keys } },
});

test('a decision that the platform attests is recorded, and nobody needs an answer', async () => {
    const { id, ...incident } = await atTheGate(opened.incidents, { approvers: ['mattermost:sam'] });
    const request = { incidentId: id, seal: sealOf({ id, ...incident }), verdict: 'approve' as const, by: SAM };
    await expect(taker(withStore())(request)).resolves.toBeUndefined();
    expect((await opened.incidents.get(id)).incident.stage).toBe('approved');
    expect(logged).toEqual([]);
});

test('a decision of who may not decide is answered in the language of the chat, and logged with the account', async () => {
    const incident = await atTheGate(opened.incidents, { approvers: ['page:alice'] });
    const request = { incidentId: incident.id, seal: sealOf(incident), verdict: 'reject' as const, by: SAM };
    await expect(taker(withStore(), 'zh-CN')(request)).resolves.toContain('您无权审批此修复。可审批：page:alice');
    expect((await opened.incidents.get(incident.id)).incident.stage).toBe('waiting');
    expect(logged).toEqual([expect.stringMatching(/^reject of inc-\w+ by mattermost:sam not recorded: /)]);
});

test('without a store the answer says that nothing was recorded', async () => {
    const request = { incidentId: 'inc-00000000', seal: 'a'.repeat(64), verdict: 'approve' as const, by: SAM };
    await expect(taker({})(request)).resolves.toContain('Your decision was not recorded');
});
