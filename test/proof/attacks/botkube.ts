import { FixExecutor } from '../../../botkube-plugin/executor/fix-executor';
import type { ExecuteContext } from '../../../botkube-plugin/host/types';
import type { Incident } from '../../../nodes/core/model/incident';
import { requestOf } from '../../support/botkube-request';
import type { Group } from '../matrix';
import { type Attack, attackGroup, type Legitimate, Told } from './attack';
import { type RedisStorage, temporaryRedis } from './records';
import type { Target } from './target';

/** The signing key of the target, as the text that Botkube is given. */
const SECRET = '\u0007'.repeat(32);

const ALICE: ExecuteContext['user'] = { mention: '<@UALICE>', displayName: 'Alice' };
const APPROVERS = 'botkube:<@UALICE>,botkube:<@UBOB>';

export interface Typed {
    user?: ExecuteContext['user'];
    words?: (incident: Incident) => string;
    config?: object;
    environment?: Record<string, string>;
    /** Before it is typed. */
    before?(target: Target, incident: Incident): Promise<void>;
}

/** A command typed in chat; what the plugin answers. */
export async function types(
    target: Target,
    incident: Incident,
    { user = ALICE, words, config, environment = { KEYS: SECRET }, before }: Typed = {},
): Promise<string> {
    await before?.(target, incident);
    const { server } = target.storage as RedisStorage;
    const plugin = new FixExecutor({ environment });
    const configs = [
        JSON.stringify({
            redis: { host: '127.0.0.1', port: server.port },
            signingKeysEnv: 'KEYS',
            mayDecide: true,
            runbooks: target.library.folder,
            ...config,
        }),
    ];
    const command = words?.(incident) ?? `fix approve ${incident.id} ${incident.seal?.digest.slice(0, 8)}`;
    try {
        const answer = await plugin.execute(
            requestOf(command, user, { configs, parts: { isInteractivitySupported: true } }),
            new AbortController().signal,
        );
        return JSON.stringify(answer).replaceAll('%%', '%');
    } finally {
        await plugin.close();
    }
}

const typed = (name: string, says: RegExp, how: Typed, options: Attack['options'] = {}): Attack => ({
    name,
    code: 'told in words',
    says,
    from: 'waiting',
    options: { approvers: APPROVERS, ...options },
    attack: async (target, incident) => {
        throw new Told(await types(target, incident, how));
    },
});

const ATTACKS: Attack[] = [
    typed('Somebody whom the policy does not name approves', /may not decide|can be decided by/, {
        user: { mention: '<@UMALLORY>', displayName: 'Mallory' },
    }),
    typed('Somebody takes the display name of an approver', /may not decide|can be decided by/, {
        user: { mention: '<@UMALLORY>', displayName: '<@UALICE>' },
    }),
    typed('An automation of Botkube approves', /automation never decides/, {
        user: { mention: 'Automation "AI diagnosis"', displayName: 'Automation "AI diagnosis"' },
    }),
    typed(
        'An automation approves that the policy names',
        /automation never decides/,
        { user: { mention: 'Automation "AI diagnosis"', displayName: '' } },
        { approvers: 'botkube:Automation "AI diagnosis"' },
    ),
    typed('Only a display name says who it is', /does not say for sure who you are/, {
        user: { mention: '', displayName: '<@UALICE>' },
    }),
    typed('A display name stands where the mention belongs', /Nobody is named|who you are/, {
        user: { mention: 'Alice', displayName: 'Alice' },
    }),
    typed('Nobody is named', /Nobody is named/, { user: { mention: '', displayName: '' } }),
    typed('A mention with a blank behind it approves', /who you are|may not decide|Nobody/, {
        user: { mention: '<@UALICE> ', displayName: 'Alice' },
    }),
    typed('A mention in small letters approves', /who you are|may not decide|Nobody/, {
        user: { mention: '<@ualice>', displayName: 'Alice' },
    }),
    typed('Two mentions approve at once', /who you are|may not decide|Nobody/, {
        user: { mention: '<@UALICE><@UBOB>', displayName: 'Alice' },
    }),
    typed('It is approved in a channel where nothing is decided', /not decided in this channel/, {
        config: { mayDecide: false },
    }),
    typed('The plugin has no signing key', /no signing keys/, { config: { signingKeysEnv: undefined } }),
    typed('The plugin has another signing key', /key|not the one that was sealed/i, {
        environment: { KEYS: 'another-key-another-key-another-key' },
    }),
    typed('It is approved without the seal', /fix approve inc-/, { words: ({ id }) => `fix approve ${id}` }),
    typed('It is approved with the word yes', /8 characters/, { words: ({ id }) => `fix approve ${id} yes` }),
    typed('Another seal is approved', /current|newest|changed/i, { words: ({ id }) => `fix approve ${id} 00000000` }),
    typed('Somebody says for whom he approves', /unknown|no flag|--by|--as|option/i, {
        user: { mention: '<@UMALLORY>', displayName: 'x' },
        words: ({ id, seal }) => `fix approve ${id} ${seal?.digest} --by=<@UALICE>`,
    }),
    typed(
        'Who has approved is the second to approve where two must',
        /a second person is needed/,
        {
            before: (target, { id }) => target.approveAs(id, [{ platform: 'botkube', id: '<@UALICE>' }]),
        },
        { decision: 'two' },
    ),
];

/** The right command, by the right person. */
export const approvedThroughBotkube: Legitimate = {
    name: 'An approver types the approval in chat, through Botkube',
    from: 'waiting',
    options: { approvers: APPROVERS },
    storage: temporaryRedis,
    people: [],
    meanwhile: (target, incident) => types(target, incident),
};

/** Commands in chat, through Botkube, that decide nothing. */
export const botkube: Group = attackGroup('Commands through Botkube that decide nothing', ATTACKS, {
    storage: temporaryRedis,
});
