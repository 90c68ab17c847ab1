import { newNonce } from '../../../nodes/core/incident/id';
import type { Diagnosis } from '../../../nodes/core/model/diagnosis';
import type { Incident } from '../../../nodes/core/model/incident';
import type { Plan } from '../../../nodes/core/model/plan';
import { signDiagnosis, signDraft } from '../../../nodes/core/signing/provenance';
import type { Group } from '../matrix';
import { STRANGE_KEYS } from './approvals';
import { type Attack, attackGroup } from './attack';
import { type Edit, inRedis, planned, type RecordAttack, temporaryRedis, withPen } from './records';
import { ALICE, type Target } from './target';

/** Written between the dry run and the gate, which would seal it. */
const beforeTheGate = (name: string, edit: Edit, parts: Partial<RecordAttack> = {}): RecordAttack => ({
    name: `Before the gate: ${name}`,
    code: 'PLAN_SIGNATURE_WRONG',
    says: 'is not the one that the dry run made',
    from: 'planned',
    options: { decision: 'automatic' },
    edit,
    ...parts,
});

const action = (change: Partial<Plan['action']>): Edit =>
    planned((plan) => ({ ...plan, action: { ...plan.action, ...change } }));
const dryRun = (change: Partial<Plan['dryRun']>): Edit =>
    planned((plan) => ({ ...plan, dryRun: { ...plan.dryRun, ...change } }));
const withPlan = (change: Partial<Plan>): Edit => planned((plan) => ({ ...plan, ...change }));

const DRAFTS: RecordAttack[] = [
    beforeTheGate('another title', action({ title: 'Harmless' })),
    beforeTheGate('a lower risk', action({ risk: 'low', id: 'other' })),
    beforeTheGate('another playbook of the library', action({ playbook: 'playbooks/other.yml' })),
    beforeTheGate('another action of another runbook', (incident, target) =>
        withPlan({ runbook: { id: 'other', digest: '0'.repeat(64) } })(action({ id: 'x' })(incident, target), target),
    ),
    beforeTheGate('tags', action({ tags: ['dangerous'] })),
    beforeTheGate('a parameter against its pattern', withPlan({ parameters: { value: 'good; id' } })),
    beforeTheGate('an unknown parameter', withPlan({ parameters: { value: 'good', ansible_become: 'yes' } })),
    beforeTheGate('a host that no alert names', withPlan({ hosts: ['web-1', 'web-2'] })),
    beforeTheGate(
        'a rollback that the runbook does not have',
        withPlan({ rollback: { playbook: 'playbooks/other.yml' } }),
    ),
    beforeTheGate('a proof that is always true', withPlan({ verify: { withinSeconds: 5, check: 'vector(1)' } })),
    beforeTheGate('a time limit of a day', withPlan({ timeoutSeconds: 86_400 })),
    beforeTheGate(
        'labels of the alert that choose another rule',
        planned((plan) => ({
            ...plan,
            alerts: plan.alerts.map((alert) => ({ ...alert, labels: { ...alert.labels, env: 'dev' } })),
        })),
    ),
    beforeTheGate(
        'another severity',
        planned((plan) => ({ ...plan, ...(plan.about && { about: { ...plan.about, severity: 'info' } }) })),
    ),
    beforeTheGate('a dry run that shows nothing', dryRun({ tasks: [], unseen: [] })),
    beforeTheGate(
        'another text of the whole dry run',
        dryRun({ preview: { digest: '0'.repeat(64), characters: 0, lines: 0, redacted: 0 } }),
    ),
    beforeTheGate('a number that leads out of the folder of runs', withPlan({ nonce: '../../kept' })),
    beforeTheGate('a plan that nobody signed', ({ draft: _draft, ...incident }) => ({ ...incident }), {
        says: 'carries no signature of a dry run',
    }),
    beforeTheGate(
        'a plan signed with a key of the attacker',
        (incident) => ({ ...incident, ...(incident.plan && { draft: signDraft(STRANGE_KEYS, incident.plan) }) }),
        { says: 'is not signed with a key that is known here' },
    ),
    beforeTheGate('the plan and the signature of another incident', (incident) => incident, {
        source: (target, incident) => target.another(incident),
        edit: ({ seal: _seal, approval: _approval, ...incident }) => ({
            ...incident,
            stage: 'planned',
            ...(incident.plan && { plan: { ...incident.plan, terms: undefined } }),
        }),
        says: 'was made for the incident',
    }),
    beforeTheGate('another cause', cause('Nothing is wrong.'), { code: 'PLAN_CHANGED', says: 'The diagnosis' }),
    beforeTheGate('similar incidents that went well', remembered, { code: 'PLAN_CHANGED', says: 'similar incidents' }),
    beforeTheGate('another number for the same plan', withPlan({ nonce: newNonce() })),
];

function cause(text: string): Edit {
    return (incident) => ({
        ...incident,
        ...(incident.diagnosis && { diagnosis: { ...incident.diagnosis, cause: text } }),
    });
}

function remembered(incident: Incident): Incident {
    const at = '2026-01-01T00:00:00.000Z';
    return {
        ...incident,
        similar: [{ incidentId: 'inc-00000000', alertname: 'ConfigWrong', outcome: 'cleared', at, score: 1 }],
    };
}

const diagnosis = (change: (diagnosis: Diagnosis, incident: Incident) => Diagnosis): Edit => {
    return (incident) => ({
        ...incident,
        ...(incident.diagnosis && { diagnosis: change(incident.diagnosis, incident) }),
    });
};

/** Written between the diagnosis and the dry run, which would plan it, and sign it. */
const beforeTheDryRun = (name: string, edit: Edit, says: Attack['says']): RecordAttack => ({
    name: `Before the dry run: ${name}`,
    code: 'PLAN_SIGNATURE_WRONG',
    says,
    from: 'diagnosed',
    options: { decision: 'automatic' },
    edit,
});

const DIAGNOSES: RecordAttack[] = [
    beforeTheDryRun(
        'a diagnosis that nobody signed',
        diagnosis(({ signed: _signed, ...made }) => made),
        'is not signed',
    ),
    beforeTheDryRun('another cause', cause('Nothing is wrong.'), 'is not the one that a diagnosis step'),
    beforeTheDryRun(
        'another parameter that fits',
        diagnosis((made) => ({
            ...made,
            ...(made.proposal && { proposal: { ...made.proposal, parameters: { value: 'evil' } } }),
        })),
        'is not the one that a diagnosis step',
    ),
    beforeTheDryRun(
        'a diagnosis signed with a key of the attacker',
        diagnosis((made, { id }) => signDiagnosis(STRANGE_KEYS, id, made)),
        'is not signed with a key that is known here',
    ),
    beforeTheDryRun(
        'evidence that names a host',
        diagnosis((made) => ({
            ...made,
            citations: ['E1'],
            evidence: [{ id: 'E1', kind: 'alert', title: 'Alert', result: 'web-2', at: made.at, mayNameHost: true }],
        })),
        'is not the one that a diagnosis step',
    ),
];

/** Written while a person looks at the card: what is above the buttons is not what was sealed. */
const whileWaiting = (name: string, edit: Edit, says: Attack['says']): RecordAttack => ({
    name: `While it waits: ${name}`,
    code: 'PLAN_CHANGED',
    says,
    from: 'waiting',
    edit,
});

const SHOWN: RecordAttack[] = [
    whileWaiting('the cause is changed', cause('Only a log is rotated.'), 'The diagnosis'),
    whileWaiting('the similar incidents are changed', remembered, 'similar incidents'),
    whileWaiting(
        'the labels of the alert are changed',
        (incident) => ({
            ...incident,
            alerts: incident.alerts.map((alert) => ({ ...alert, labels: { ...alert.labels, env: 'dev' } })),
        }),
        'labels of the alert',
    ),
    whileWaiting(
        'somebody else is said to have asked for it',
        (incident) => ({ ...incident, requestedBy: { platform: 'page', id: 'bob' } }),
        'Who asked',
    ),
];

/** Writes as `attack` says, and then an honest person approves what they see. */
function thenApproved(attack: Attack): Attack {
    return {
        ...attack,
        attack: async (target: Target, incident) => {
            await attack.attack(target, incident);
            await target.approveAs(incident.id, [ALICE]);
        },
    };
}

/** A writer of the store without the key, before anything is sealed, or around what is sealed. */
export const forgedDraft: Group = attackGroup(
    'Forged draft',
    [
        ...[...DRAFTS, ...DIAGNOSES].map(withPen(inRedis, 'Redis')),
        ...SHOWN.map(withPen(inRedis, 'Redis')).map(thenApproved),
    ],
    { storage: temporaryRedis },
);
