import type { Request, Response } from 'express';
import type { Node, NodeAPI, NodeDef } from 'node-red';
import { type Gate, gateText, opening, WAITING } from '../core/approval/gate';
import { type PolicyConfig, parsePolicy } from '../core/approval/parse-policy';
import { type PolicyWarning, policyWarnings, warningText } from '../core/approval/policy-warnings';
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
import { FIRST_VERSION, type Migrations } from '../runtime/migrations';
import { recover } from '../runtime/recovery';
import type {
    ApprovalGateService,
    ChatChannelService,
    IncidentStoreService,
    RunbookLibraryService,
} from '../runtime/services';
import { deployedDoors, doorsOf, drawn } from './doors';
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

/** Logs what the deployed policy should be warned of, and answers it. */
function warned({ RED, node, config }: NodeContext<Config>, policy: Policy): PolicyWarning[] {
    const warnings = policyWarnings(policy, deployedDoors(RED, config.store));
    for (const warning of warnings) node.warn(warningText(warning));
    return warnings;
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
    warnings: readonly PolicyWarning[],
): GateSteps {
    const counted = (waiting: number): void => {
        if (waiting === 0 && warnings.length > 0) status.waiting('approval-gate.status.warning');
        else if (waiting === 0) status.ready('approval-gate.status.idle');
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
    let warnings: readonly PolicyWarning[] = [];
    const open = async (): Promise<void> => {
        steps = openSteps(context, await store.incidents(), await gateOf(), emit, warnings);
    };

    return {
        start: () => {
            warnings = warned(context, policy);
            return keepTrying(open, report, closing);
        },

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
 * Checks a policy as the dialog holds it, which is not deployed yet: `{rules, groups, people, expiryMinutes,
 * escalateMinutes}`, and `drawn`: what stands around the gate in the editor. Answers `{}`; `{problem}` with the first
 * problem's field, message and cure; or `{warnings}`.
 */
const checkPolicy =
    (RED: NodeAPI) =>
    (request: Request, response: Response): void => {
        try {
            const policy = parsePolicy(request.body);
            const around = drawn.safeParse(request.body.drawn);
            const warnings = around.success ? policyWarnings(policy, doorsOf(RED, around.data)) : [];
            response.json(warnings.length > 0 ? { warnings } : {});
        } catch (thrown) {
            const { field, message, cure } = asFixError(thrown);
            response.json({ problem: { field, message, cure } });
        }
    };

/** Version 2: who is one person, and whether who asked may approve. Nobody has said so before: no. */
const MIGRATIONS: Migrations = [
    ...FIRST_VERSION,
    ({ rules, people = '', ...others }) => ({
        ...others,
        people,
        ...(Array.isArray(rules)
            ? { rules: rules.map((rule: object) => ({ requesterMayApprove: false, ...rule })) }
            : {}),
    }),
];

export = (RED: NodeAPI): void => {
    defineNode<Config>(RED, 'approval-gate', build, { migrations: MIGRATIONS });
    RED.httpAdmin?.post('/alert-to-fix/approval-gate/policy', RED.auth.needsPermission('flows.read'), checkPolicy(RED));
};
