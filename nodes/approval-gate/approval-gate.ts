import type { Request, Response } from 'express';
import type { Node, NodeAPI, NodeDef } from 'node-red';
import { type Gate, gateText, opening, WAITING } from '../core/approval/gate';
import { type PolicyConfig, parsePolicy } from '../core/approval/parse-policy';
import { asFixError, FixError } from '../core/errors';
import type { Policy } from '../core/model/approval';
import type { Incident } from '../core/model/incident';
import type { Plan } from '../core/model/plan';
import { isPlatformGroup } from '../core/model/platforms';
import { requireDerived } from '../core/remediation/derive';
import type { Incidents } from '../core/store/incidents';
import { optionalService, requireService, type ServiceNode } from '../runtime/config-node';
import { defineNode, type NodeContext } from '../runtime/define-node';
import { positionsOf } from '../runtime/flow-position';
import { keepTrying } from '../runtime/keep-trying';
import { type IncidentMessage, incidentIdOf, withIncident } from '../runtime/message';
import { recover } from '../runtime/recovery';
import type {
    ApprovalGateService,
    ChatChannelService,
    IncidentStoreService,
    RunbookLibraryService,
} from '../runtime/services';
import { GateSteps } from './gate-steps';

interface Config extends NodeDef, PolicyConfig {
    store: string;
    chat: string;
    /** Empty, as in flows of earlier versions: only the run compares the plan with its runbook. */
    library?: string;
}

/** Messages whose incidents wait, by gate and incident: they survive a redeploy, but not the process. */
const kept = new Map<string, Map<string, IncidentMessage>>();

function keptBy(gateId: string): Map<string, IncidentMessage> {
    const messages = kept.get(gateId) ?? new Map<string, IncidentMessage>();
    kept.set(gateId, messages);
    return messages;
}

/** Puts an incident on one output. */
function on(output: number, msg: IncidentMessage): (IncidentMessage | null)[] {
    return [0, 1, 2].map((index) => (index === output ? msg : null));
}

function requireDirectory(policy: Policy, chat: ChatChannelService | undefined): void {
    const named = [...policy.rules.flatMap(({ approvers }) => approvers), ...Object.values(policy.groups).flat()];
    const group = named.find(isPlatformGroup);
    if (group === undefined || chat?.groups) return;
    throw new FixError('CONFIG_INVALID', `No chat is selected that can look up the members of ${group}.`, {
        field: 'chat',
        cure: 'Choose the chat-channel of that platform, which this gate then asks, or name people instead.',
    });
}

type Emit = (incident: Incident, output: number, extra?: Partial<IncidentMessage>) => void;

/** Sends an incident on with the message that it came with, which is kept until it leaves the gate. */
function emitter({ RED, node }: NodeContext<Config>, messages: Map<string, IncidentMessage>): Emit {
    return (incident, output, extra = {}) => {
        const msg = RED.util.cloneMessage(messages.get(incident.id) ?? {}) as IncidentMessage;
        node.send(on(output, Object.assign(withIncident(msg, incident, gateText(incident)), extra)));
        if (output !== WAITING) messages.delete(incident.id);
    };
}

/** Takes up what waits at this gate, and what was left here half done. */
function openSteps(
    { node, status, closing, report }: NodeContext<Config>,
    incidents: Incidents,
    gate: Gate,
    emit: Emit,
): GateSteps {
    const counted = (waiting: number): void => {
        if (waiting === 0) status.ready('approval-gate.status.idle');
        else status.waiting(`${waiting} waiting`);
    };
    const steps = new GateSteps(
        incidents,
        gate,
        {
            decided: emit,
            escalated: (incident) => emit(incident, WAITING, { escalation: true }),
            counted,
            report,
        },
        closing,
    );
    counted(0);
    steps.open();
    recover(
        incidents,
        {
            node: node.id,
            stages: ['waiting', 'approved'],
            active: () => false,
            emit(incident, output) {
                const isCardMissing = incident.stage === 'waiting' && !incident.thread;
                if (output !== WAITING || isCardMissing) emit(incident, output);
                steps.look(incident.id);
            },
            report,
        },
        closing,
    );
    return steps;
}

function build(context: NodeContext<Config>): ReturnType<Parameters<typeof defineNode<Config>>[2]> {
    const { RED, node, config, closing, report } = context;
    const store = requireService<IncidentStoreService>(RED, config.store, 'incident-store', 'store');
    const chat = optionalService<ChatChannelService>(RED, config.chat);
    const library = config.library
        ? requireService<RunbookLibraryService>(RED, config.library, 'runbook-library', 'library').library
        : undefined;
    const policy = parsePolicy(config);
    requireDirectory(policy, chat);
    (node as ServiceNode<ApprovalGateService> & Node).service = {
        policy,
        ...(chat?.groups && { groups: chat.groups }),
    };

    const messages = keptBy(node.id);
    const emit = emitter(context, messages);
    const positions = positionsOf(node.id);
    const gateOf = async (): Promise<Gate> => ({
        id: node.id,
        policy,
        keys: await store.keys(),
        sent: positions.sent,
        ...(library && { requireDerived: (incident: Incident, plan: Plan) => requireDerived(library, incident, plan) }),
    });
    let steps: GateSteps | undefined;
    const open = async (): Promise<void> => {
        steps = openSteps(context, await store.incidents(), await gateOf(), emit);
    };

    return {
        start: () => keepTrying(open, report, closing),

        async input(msg, send) {
            const id = incidentIdOf(msg);
            const incidents = await store.incidents();
            const incident = await incidents.change(id, opening(await gateOf()));
            const output = incident.flow.port ?? WAITING;
            if (output === WAITING) messages.set(id, RED.util.cloneMessage(msg));
            send(on(output, withIncident(msg, incident, gateText(incident))));
            if (output === WAITING) steps?.look(id);
        },

        async close(removed) {
            if (removed) kept.delete(node.id);
        },
    };
}

/**
 * Checks a policy as the dialog holds it, which is not deployed yet: `{rules, groups, expiryMinutes, escalateMinutes}`.
 * Answers `{}`, or `{problem}` with the first problem's field, message and cure.
 */
function checkPolicy(request: Request, response: Response): void {
    try {
        parsePolicy(request.body);
        response.json({});
    } catch (thrown) {
        const { field, message, cure } = asFixError(thrown);
        response.json({ problem: { field, message, cure } });
    }
}

export = (RED: NodeAPI): void => {
    defineNode<Config>(RED, 'approval-gate', build);
    RED.httpAdmin?.post('/alert-to-fix/approval-gate/policy', RED.auth.needsPermission('flows.read'), checkPolicy);
};
