import type { Identity } from '../../../nodes/core/model/identity';
import type { Incident } from '../../../nodes/core/model/incident';
import type { Group } from '../matrix';
import { type Attack, attackGroup, type Legitimate, legitimateGroup, Told } from './attack';
import { type Typed, types } from './botkube';
import { temporaryRedis } from './records';
import { ALICE, BOB, leavesMark, type Target } from './target';

/** Eve, by every door that she has. */
const IN_SLACK: Identity = { platform: 'slack', id: 'T1/U0EVE' };
const IN_OTHER_TEAM: Identity = { platform: 'slack', id: 'T2/U0EVE' };
const BY_BOTKUBE: Identity = { platform: 'botkube', id: '<@U0EVE>' };
const ON_PAGE: Identity = { platform: 'page', id: 'eve' };
const EVE: NonNullable<Typed['user']> = { mention: '<@U0EVE>', displayName: 'Eve' };

const APPROVERS = 'page:alice,page:bob,page:eve,slack:T1/U0EVE,slack:T2/U0EVE,botkube:<@U0EVE>';
const TWO = { decision: 'two', approvers: APPROVERS } as const;
const EVE_LISTED = { eve: ['page:eve', 'slack:T1/U0EVE'] };

function twice(name: string, first: Identity, second: Identity, options: Attack['options'] = {}): Attack {
    return {
        name,
        code: 'ALREADY_DECIDED',
        says: /approved already as .*; a second person is needed/,
        from: 'waiting',
        options: { ...TWO, ...options },
        attack: (target, { id }) => target.approveAs(id, [first, second]),
    };
}

const TWICE: Attack[] = [
    {
        name: 'One person clicks in Slack and types through Botkube where two must approve',
        code: 'told in words',
        says: /approved already as slack:T1\/U0EVE; a second person is needed/,
        from: 'waiting',
        options: TWO,
        attack: async (target, incident) => {
            await target.approveAs(incident.id, [IN_SLACK]);
            throw new Told(await types(target, incident, { user: EVE }));
        },
    },
    {
        name: 'One person types through Botkube, then clicks in Slack',
        code: 'ALREADY_DECIDED',
        says: 'approved already as Eve (botkube:<@U0EVE>)',
        from: 'waiting',
        options: TWO,
        attack: async (target, incident) => {
            await types(target, incident, { user: EVE });
            await target.approveAs(incident.id, [IN_SLACK]);
        },
    },
    {
        name: 'One person clicks in Slack and types through Botkube at the same moment',
        code: 'ALREADY_DECIDED',
        says: 'a second person is needed',
        from: 'waiting',
        options: TWO,
        attack: async (target, { id }) => {
            const both = await Promise.allSettled([IN_SLACK, BY_BOTKUBE].map((by) => target.approveAs(id, [by])));
            for (const one of both) if (one.status === 'rejected') throw one.reason;
        },
    },
    twice('One person clicks in two workspaces of Slack', IN_SLACK, IN_OTHER_TEAM),
    twice(
        'One person on Discord is mentioned in both ways that Discord has',
        { platform: 'botkube', id: '<@42>' },
        { platform: 'botkube', id: '<@!42>' },
        { approvers: 'botkube:<@42>,botkube:<@!42>,page:bob' },
    ),
    twice('One person with two accounts, which the gate lists, uses both', ON_PAGE, IN_SLACK, { people: EVE_LISTED }),
    twice('One person with a listed Slack account uses it through Botkube', ON_PAGE, BY_BOTKUBE, {
        people: EVE_LISTED,
    }),
    {
        name: 'The gate names one person by two accounts, and nobody else, where two must approve',
        code: 'POLICY_DENIED',
        says: 'who are not two persons',
        from: 'planned',
        options: { decision: 'two', approvers: 'page:eve,slack:T1/U0EVE', people: EVE_LISTED },
        attack: (target, { id }) => target.approve(id, []),
    },
    {
        name: 'Two accounts approve, and the gate lists them as one person since',
        code: 'POLICY_STRICTER',
        says: 'counts page:eve, slack:T1/U0EVE as 1',
        options: TWO,
        people: [ON_PAGE, IN_SLACK],
        attack: (target) => {
            target.policy = { ...target.policyWith({}), people: EVE_LISTED };
        },
    },
    {
        name: 'The list that makes two accounts one person is taken out of the stored plan',
        code: 'PLAN_SIGNATURE_WRONG',
        says: 'not the one that was sealed',
        from: 'waiting',
        options: { ...TWO, people: EVE_LISTED },
        attack: async (target, { id }) => {
            await target.approveAs(id, [ON_PAGE]);
            await target.tamper(id, (incident) => {
                delete incident.plan?.terms?.people;
                return incident;
            });
            await target.approveAs(id, [IN_SLACK]);
        },
    },
];

function asked(name: string, says: Attack['says'], parts: Partial<Attack> & Pick<Attack, 'attack'>): Attack {
    return { name, code: 'NOT_ENTITLED', says, from: 'waiting', options: TWO, ...parts };
}

const WHO_ASKED: Attack[] = [
    asked('Who had it diagnosed again is the second to approve the fix', 'You asked for this fix', {
        attack: async (target, { id }) => {
            await target.askedOnPageBy(id, BOB);
            await target.approveAs(id, [ALICE, BOB]);
        },
    }),
    asked('Who asked takes the name out of the record, and is the second to approve', 'Who asked for the fix', {
        code: 'PLAN_CHANGED',
        attack: async (target, { id }) => {
            await target.askedOnPageBy(id, BOB);
            await target.tamper(id, ({ requestedBy: _bob, ...incident }) => incident);
            await target.approveAs(id, [ALICE, BOB]);
        },
    }),
    asked('Who asked through Botkube approves in Slack', 'You asked for this fix', {
        attack: async (target, { id }) => {
            await target.askedAgain(id, () => asksByBotkube(target, id));
            await target.approveAs(id, [ALICE, IN_SLACK]);
        },
    }),
    asked('Who asked on the page approves with a listed account of another platform', 'You asked for this fix', {
        options: { ...TWO, people: EVE_LISTED },
        attack: async (target, { id }) => {
            await target.askedOnPageBy(id, ON_PAGE);
            await target.approveAs(id, [ALICE, IN_SLACK]);
        },
    }),
    asked('Who asked approves alone, where one decides', 'leaves the approval to somebody else', {
        options: { approvers: APPROVERS },
        attack: async (target, { id }) => {
            await target.askedOnPageBy(id, BOB);
            await target.approveAs(id, [BOB]);
        },
    }),
    asked('Who asked is the only one whom the gate names', 'beside page:bob, who asked', {
        code: 'POLICY_DENIED',
        options: { approvers: 'page:bob' },
        attack: (target, { id }) => target.askedOnPageBy(id, BOB),
    }),
    asked('Who asked approved as the rule let them, and it does not since', 'who asked for the fix does not count', {
        code: 'POLICY_STRICTER',
        options: { approvers: APPROVERS, requesterMayApprove: true },
        attack: async (target, { id }) => {
            await target.askedOnPageBy(id, BOB);
            await target.approveAs(id, [BOB]);
            target.policy = target.policyWith({ requesterMayApprove: false });
        },
    }),
];

async function asksByBotkube(target: Target, id: string): Promise<void> {
    const said = await types(target, { id } as Incident, { user: EVE, words: () => `fix diagnose ${id} --again` });
    const { requestedBy } = await target.stored(id);
    if (requestedBy?.id !== EVE.mention) throw new Error(`nobody is named as who asked: ${said}`);
}

/** A fix whose diff takes many messages. */
const longFix = (target: Target): void => {
    const lines = Array.from({ length: 200 }, (_, line) => `line ${line} of a long file`).join('\\n');
    target.library.playbook(
        'fix',
        `- name: write\n  copy: {dest: "${target.library.path('long')}", content: "${lines}\\n"}\n${leavesMark(target.library, 'ran')}`,
    );
};

const UNSEEN: Attack[] = [
    {
        name: 'A fix whose dry run does not fit into one message is approved through Botkube by its seal',
        code: 'told in words',
        says: /too long to be shown whole here/,
        from: 'waiting',
        options: { approvers: APPROVERS },
        storage: temporaryRedis,
        prepare: longFix,
        attack: async (target, incident) => {
            throw new Told(await types(target, incident, { user: EVE }));
        },
    },
];

/** Somebody counts for two, approves what they asked for, or approves what was not shown. */
export const onePerson: Group = attackGroup('One person twice', [...TWICE, ...WHO_ASKED, ...UNSEEN], {
    storage: temporaryRedis,
});

const PEOPLE: Legitimate[] = [
    {
        name: 'Two persons approve, one in Slack and one through Botkube',
        from: 'waiting',
        options: { ...TWO, approvers: 'slack:T1/U0ALICE,botkube:<@U0EVE>' },
        storage: temporaryRedis,
        meanwhile: async (target, incident) => {
            await target.approveAs(incident.id, [{ platform: 'slack', id: 'T1/U0ALICE' }]);
            await types(target, incident, { user: EVE });
        },
    },
    {
        name: 'Two persons with several listed accounts approve, each once',
        options: { ...TWO, people: { ...EVE_LISTED, alice: ['page:alice', 'slack:T1/U0ALICE'] } },
        people: [ALICE, IN_SLACK],
    },
    {
        name: 'The gate lists accounts of somebody else since the click',
        options: TWO,
        people: [ALICE, BOB],
        meanwhile: (target) => {
            target.policy = { ...target.policyWith({}), people: { ...EVE_LISTED, carol: ['page:carol'] } };
        },
    },
    {
        name: 'Who had it diagnosed again leaves the approval to a colleague',
        from: 'waiting',
        meanwhile: async (target, { id }) => {
            await target.askedOnPageBy(id, BOB);
            await target.approveAs(id, [ALICE]);
        },
    },
    {
        name: 'Who asked for it approves, and the rule lets them',
        from: 'waiting',
        options: { requesterMayApprove: true },
        meanwhile: async (target, { id }) => {
            await target.askedOnPageBy(id, BOB);
            await target.approveAs(id, [BOB]);
        },
    },
    {
        name: 'Two others approve what somebody asked for through Botkube',
        from: 'waiting',
        options: TWO,
        storage: temporaryRedis,
        meanwhile: async (target, { id }) => {
            await target.askedAgain(id, () => asksByBotkube(target, id));
            await target.approveAs(id, [ALICE, BOB]);
        },
    },
    {
        name: 'A fix too long for one message of Botkube is approved on the page',
        options: { approvers: APPROVERS },
        prepare: longFix,
        people: [ON_PAGE],
    },
];

/** The counterparts, which must run. */
export const everyPersonOnce: Group = legitimateGroup('Legitimate: several persons, several accounts', PEOPLE);
