import path from 'node:path';
import { until } from '../support/processes';
import { auditCase } from './crash/audit-case';
import type { Hit } from './crash/crash-scene';
import { FIXED, UNKNOWN_UNRUN } from './crash/judge';
import { ENDED, type Moment } from './crash/kills';
import { type Cell, cellCase, type Outcome, TO_THE_END } from './dependency/cell';
import { DependencyScene } from './dependency/dependency-scene';
import {
    alertmanagerFaults,
    clockFault,
    diskFull,
    inventoryFault,
    modelFault,
    prometheusFaults,
    redisFaults,
    slackFaults,
    together,
} from './dependency/faults';
import type { Fault } from './dependency/outage';
import type { Group, Matrix } from './matrix';

const before = (name: string, occurrence = 1): Moment => ({ point: { name, occurrence }, when: 'before' });
const after = (name: string): Moment => ({ point: { name, occurrence: 1 }, when: 'after' });

/** Where in the life of an incident something fails. */
const ALERT = { stage: 'before the alert', moment: 'alert' as const };
const INTAKE = { stage: 'at the intake', moment: before('incident.opened') };
const DIAGNOSIS = { stage: 'at the diagnosis', moment: before('diagnosis.started') };
const DIAGNOSED = { stage: 'at the end of the diagnosis', moment: before('evidence.recorded + diagnosis.made') };
const DRY_RUN = { stage: 'at the dry run', moment: after('plan.started') };
const DRY_RUN_STARTS = { stage: 'as the dry run starts', moment: before('Ansible checks') };
const PLANNED = { stage: 'at the end of the dry run', moment: before('plan.made') };
const OFFERED = { stage: 'as it is offered for approval', moment: before('plan.sealed + approval.waiting') };
const WAITING = { stage: 'while it waits', moment: after('plan.sealed + approval.waiting') };
const DECISION = { stage: 'at the decision', moment: before('approval.granted') };
const APPROVED = { stage: 'after the decision', moment: after('approval.granted') };
const CHECKS = { stage: 'at the checks before the run', moment: before('run.checking') };
const CHECKING = { stage: 'during the checks before the run', moment: after('run.checking') };
const DRY_RUN_AGAIN = { stage: 'as the second dry run starts', moment: before('Ansible checks', 2) };
const INTENDED = { stage: 'as the run is noted', moment: before('run.intended') };
const RUN_STARTS = { stage: 'as the run starts', moment: before('Ansible runs') };
const RUN = { stage: 'during the run', moment: after('Ansible runs') };
const RUN_ENDS = { stage: 'at the end of the run', moment: before(ENDED) };
const VERIFICATION = { stage: 'at the verification', moment: after(ENDED) };
const VERIFIED = { stage: 'at the end of the verification', moment: before('verification.made + incident.closed') };

const fixed = (words: string, fault?: Outcome['fault']): Outcome => ({
    words: `${words}, fixed`,
    ends: FIXED,
    ...(fault ? { fault } : {}),
});
const GOES_ON = fixed('waits, goes on by itself');
const UNTOUCHED = fixed('goes on');
const refused = (says: RegExp, words: string): Outcome => ({
    words: `refused, ${words}`,
    ends: [{ stage: 'refused', runs: 0 }],
    says,
});
const failed = (says: RegExp, words: string): Outcome => ({
    words: `failed, nothing ran: ${words}`,
    ends: [{ stage: 'failed', runs: 0 }],
    says,
});
/** A step whose end the store cannot take is made again when it can. */
const orAgain = ({ words, ends }: Outcome): Outcome => ({
    words: `${words}; or, when that cannot be written, the step is made again and it is fixed`,
    ends: [...ends, ...FIXED],
});
const EXPIRED = refused(/expired/, 'the approval has expired');
const WENT_BACK = refused(/the clock went back/, 'the clock went back');
const NO_DECISION = fixed('no decision counts until the clock is right');
const ALERT_UNKNOWN = refused(
    /cannot be known whether the alert still fires/,
    'it cannot be known whether the alert still fires',
);
/** An Alertmanager that was restarted proves nothing until it has shown the alert again. */
const REMEMBERS: Outcome = {
    words: 'ran once; fixed if it shows the alert again, else unknown',
    ends: [...FIXED, { stage: 'unknown', runs: 1 }],
};
/** Whoever cannot tell whether the store keeps its intention does not run. */
const NOTED: Outcome = {
    words: 'goes on and is fixed, or does not run and says so',
    ends: [...FIXED, ...UNKNOWN_UNRUN, { stage: 'failed', runs: 0 }],
};
const unverified = (says: RegExp): Outcome => ({
    words: 'ran once; unknown whether it worked',
    ends: [{ stage: 'unknown', runs: 1 }],
    says,
});
const INCONCLUSIVE: Outcome = {
    words: 'inconclusive, nothing is proposed',
    ends: [{ stage: 'inconclusive', runs: 0 }],
};
const RULES = fixed('the rules answer and say why', ({ shown }) => {
    const { by, fallback = '' } = shown?.incident.diagnosis?.source ?? {};
    return by === 'rules' && fallback !== '' ? undefined : `it was diagnosed by ${by}`;
});
const ONE_CARD = fixed('approved on the page; one card, in the end true', (hit, scene) => cardsAreTrue(hit, scene, 1));
/** Slack posts late what it was asked to post before its silence. */
const CARDS = fixed('approved on the page; the last card is true in the end', (hit, scene) => cardsAreTrue(hit, scene));

/** Every thing the flow depends on fails, or hangs, at every stage at which it matters. */
export const dependencies: Matrix = {
    title: 'Dead dependencies',
    atOnce: 3,
    groups: ({ short }) => (short ? SHORT : LONG),
};

const atStoreStages = (fault: Fault, lastsMs: number): Cell[] =>
    [INTAKE, DIAGNOSED, PLANNED, OFFERED, DECISION, CHECKS, INTENDED, RUN, RUN_ENDS, VERIFIED].map((at) => ({
        fault,
        ...at,
        lastsMs,
        outcome: at === INTENDED ? NOTED : GOES_ON,
    }));

const LONG: Group[] = [
    group('store: embedded, disk full', 'embedded', (scene) => [...atStoreStages(diskFull(scene), 5_000)]),
    group('store: Redis down', 'redis', (scene) => atStoreStages(redisFaults(scene).down, 5_000)),
    group('store: Redis hangs', 'redis', (scene) => [
        ...atStoreStages(redisFaults(scene).hangs, 6_000),
        { fault: redisFaults(scene).hangs, ...RUN, lastsMs: 20_000, outcome: GOES_ON },
    ]),
    group('store: Redis read-only', 'redis', (scene) => atStoreStages(redisFaults(scene).readOnly, 5_000)),
    group('disk full for Ansible', 'embedded', (scene) => [
        {
            fault: diskFull(scene),
            ...DRY_RUN_STARTS,
            lastsMs: 3_000,
            outcome: orAgain(failed(/^/, 'nothing waits for an approval')),
        },
        { fault: diskFull(scene), ...DRY_RUN_AGAIN, lastsMs: 3_000, outcome: orAgain(refused(/^/, 'nothing runs')) },
        { fault: diskFull(scene), ...RUN_STARTS, lastsMs: 3_000, outcome: failed(/./, 'the disk is full') },
    ]),
    group('Prometheus', 'embedded', (scene) =>
        Object.values(prometheusFaults(scene)).flatMap((fault): Cell[] => [
            {
                fault: together(fault, modelFault(scene, 'no model', 'hang-up')),
                ...DIAGNOSIS,
                lastsMs: TO_THE_END,
                outcome: INCONCLUSIVE,
            },
            { fault, ...DRY_RUN, lastsMs: 5_000, outcome: UNTOUCHED },
            { fault, ...CHECKING, lastsMs: 4_000, outcome: UNTOUCHED },
            { fault, ...RUN, lastsMs: 5_000, outcome: GOES_ON },
            { fault, ...VERIFICATION, lastsMs: 8_000, outcome: GOES_ON },
            {
                fault,
                ...VERIFICATION,
                lastsMs: 45_000,
                outcome: unverified(/cannot be known whether the fix worked: .*(cannot be reached|did not answer)/),
            },
        ]),
    ),
    group('Alertmanager', 'embedded', (scene) =>
        Object.entries(alertmanagerFaults(scene)).flatMap(([kind, fault]): Cell[] => [
            { fault, ...DIAGNOSIS, lastsMs: 1_000, outcome: UNTOUCHED },
            { fault, ...WAITING, lastsMs: 25_000, outcome: ALERT_UNKNOWN },
            { fault, ...CHECKS, lastsMs: 25_000, outcome: ALERT_UNKNOWN },
            { fault, ...RUN, lastsMs: 4_000, outcome: kind === 'down' ? REMEMBERS : GOES_ON },
            { fault, ...VERIFICATION, lastsMs: 8_000, outcome: kind === 'down' ? REMEMBERS : GOES_ON },
            { fault, ...VERIFICATION, lastsMs: 45_000, outcome: unverified(/cannot be known whether the fix worked/) },
        ]),
    ),
    group('model', 'embedded', (scene) =>
        [
            modelFault(scene, 'model down', 'hang-up'),
            modelFault(scene, 'model hangs', 'silence'),
            modelFault(scene, 'model hangs in its answer', 'half-a-body'),
            modelFault(scene, 'model talks nonsense', { text: 'rm -rf /' }),
            modelFault(scene, 'model refuses the sign-in', { status: 401, error: { message: 'no' } }),
        ].map((fault) => ({ fault, ...DIAGNOSIS, lastsMs: TO_THE_END, outcome: RULES })),
    ),
    group('chat', 'embedded', (scene) => {
        const { down, hangs } = slackFaults(scene);
        return [
            ...[INTAKE, OFFERED, WAITING, RUN, VERIFICATION].flatMap((at): Cell[] => [
                { fault: down, ...at, lastsMs: 6_000, outcome: ONE_CARD },
                { fault: hangs, ...at, lastsMs: 6_000, outcome: ONE_CARD },
            ]),
            { fault: hangs, ...INTAKE, lastsMs: 40_000, outcome: CARDS },
        ];
    }),
    group('inventory', 'embedded', (scene) => {
        const fails = inventoryFault(scene, 'inventory fails', 'fails');
        const forgets = inventoryFault(scene, 'inventory forgets the host', 'forgets');
        const hangs = inventoryFault(scene, 'inventory hangs', 'hangs');
        return [
            ...[fails, forgets].flatMap((fault): Cell[] => [
                { fault, ...DRY_RUN, lastsMs: 20_000, outcome: failed(/./, 'nothing waits for an approval') },
                { fault, ...CHECKING, lastsMs: 20_000, outcome: refused(/./, 'nothing runs') },
                { fault, ...RUN_STARTS, lastsMs: 20_000, outcome: failed(/./, 'Ansible finds no host') },
            ]),
            { fault: hangs, ...DRY_RUN, lastsMs: 6_000, outcome: GOES_ON },
            { fault: hangs, ...DRY_RUN, lastsMs: 100_000, outcome: failed(/./, 'nothing waits for an approval') },
            { fault: hangs, ...CHECKING, lastsMs: 6_000, outcome: GOES_ON },
            { fault: hangs, ...CHECKING, lastsMs: 100_000, outcome: refused(/./, 'nothing runs') },
            { fault: hangs, ...RUN_STARTS, lastsMs: 6_000, outcome: GOES_ON },
            {
                fault: hangs,
                ...RUN_STARTS,
                lastsMs: 100_000,
                outcome: failed(/./, 'the run is ended after its longest time'),
            },
        ];
    }),
    group('clock jumps an hour ahead', 'embedded', (scene) => {
        const fault = clockFault(scene, 'clock an hour ahead', 3_600_000);
        return [
            ...[ALERT, INTAKE, DIAGNOSIS, DRY_RUN, PLANNED].map(
                (at): Cell => ({ fault, ...at, lastsMs: TO_THE_END, outcome: UNTOUCHED }),
            ),
            ...[WAITING, APPROVED].map((at): Cell => ({ fault, ...at, lastsMs: TO_THE_END, outcome: EXPIRED })),
            ...[RUN, RUN_ENDS, VERIFICATION].map(
                (at): Cell => ({ fault, ...at, lastsMs: TO_THE_END, outcome: UNTOUCHED }),
            ),
        ];
    }),
    group('clock jumps an hour back', 'embedded', (scene) => {
        const fault = clockFault(scene, 'clock an hour back', -3_600_000);
        return [
            { fault, ...ALERT, lastsMs: TO_THE_END, outcome: UNTOUCHED },
            ...[INTAKE, DIAGNOSIS, DRY_RUN, APPROVED].map(
                (at): Cell => ({ fault, ...at, lastsMs: TO_THE_END, outcome: WENT_BACK }),
            ),
            { fault, ...WAITING, lastsMs: 5_000, outcome: NO_DECISION },
            ...[RUN, RUN_ENDS, VERIFICATION].map(
                (at): Cell => ({ fault, ...at, lastsMs: TO_THE_END, outcome: UNTOUCHED }),
            ),
        ];
    }),
];

/** What `test/e2e/bad-days.test.ts` does not try: what hangs, and clocks. */
const SHORT: Group[] = [
    group('store: Redis hangs', 'redis', (scene) => [
        { fault: redisFaults(scene).hangs, ...DECISION, lastsMs: 5_000, outcome: GOES_ON },
        { fault: redisFaults(scene).readOnly, ...INTENDED, lastsMs: 4_000, outcome: NOTED },
    ]),
    group('Alertmanager, Prometheus, Slack, inventory', 'embedded', (scene) => [
        { fault: alertmanagerFaults(scene).hangs, ...CHECKS, lastsMs: 25_000, outcome: ALERT_UNKNOWN },
        { fault: slackFaults(scene).hangs, ...OFFERED, lastsMs: 4_000, outcome: ONE_CARD },
        {
            fault: inventoryFault(scene, 'inventory fails', 'fails'),
            ...CHECKING,
            lastsMs: TO_THE_END,
            outcome: refused(/./, 'nothing runs'),
        },
    ]),
    group('clock', 'embedded', (scene) => [
        {
            fault: clockFault(scene, 'clock an hour ahead', 3_600_000),
            ...APPROVED,
            lastsMs: TO_THE_END,
            outcome: EXPIRED,
        },
        {
            fault: clockFault(scene, 'clock an hour back', -3_600_000),
            ...WAITING,
            lastsMs: 3_000,
            outcome: NO_DECISION,
        },
    ]),
];

/** A group on one scene, whose store is audited at the end. */
function group(name: string, store: 'embedded' | 'redis', cells: (scene: DependencyScene) => Cell[]): Group {
    let scene: DependencyScene | undefined;
    return {
        name,
        open: async () => {
            const opened = await DependencyScene.start(store);
            scene = opened;
            const folder = path.join(opened.crash.line.nodeRed.userDir, 'incidents');
            const { redis } = opened.parts;
            const where = redis
                ? ['--redis', `redis://127.0.0.1:${redis.port}`, '--key-file', path.join(folder, 'signing.key')]
                : ['--store', folder];
            return [...cells(opened).map((cell) => cellCase(opened, cell)), auditCase({ where })];
        },
        close: async () => scene?.close(),
    };
}

/** Sooner or later the cards say how it ended, in Slack too. */
async function cardsAreTrue({ alert }: Hit, scene: DependencyScene, exactly?: number): Promise<string | undefined> {
    const cards = (): ReturnType<DependencyScene['cards']> => scene.cards(alert);
    await until(() => /closed/i.test(JSON.stringify(cards().at(-1)))).catch(() => undefined);
    if (!/closed/i.test(JSON.stringify(cards().at(-1))))
        return `the last of ${cards().length} cards says: ${JSON.stringify(cards().at(-1)).slice(0, 600)}`;
    return exactly === undefined || cards().length === exactly ? undefined : `there are ${cards().length} cards`;
}
