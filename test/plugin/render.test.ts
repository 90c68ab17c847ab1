import type { BotkubeMessage, ExecuteResponse } from '../../botkube-plugin/host/types';
import { render } from '../../botkube-plugin/message/render';
import type { Reply, ReplyTarget } from '../../botkube-plugin/message/reply';
import type { Card } from '../../nodes/core/chat/card';
import { textsOf } from '../../nodes/core/chat/texts';
import { brokenResponse } from '../support/botkube-limits';
import { botkubeReplies, cardOf, HOSTILE, sectionOf, TARGETS, waitingCard } from '../support/botkube-messages';
import { markdownOf } from '../support/botkube-renderer';

const SLACK: ReplyTarget = { platform: 'slack', clicked: false, thread: '1.2' };
const MATTERMOST: ReplyTarget = { platform: 'mattermost', clicked: false };
const DISCORD: ReplyTarget = { platform: 'discord', clicked: false };
const AUTOMATION: ReplyTarget = { platform: 'unknown', clicked: false };

function all({ message, messages = [] }: ExecuteResponse): BotkubeMessage[] {
    return [message, ...messages];
}

function textOf(response: ExecuteResponse): string {
    return all(response).map(markdownOf).join('\n');
}

function buttonsOf(message: BotkubeMessage): string[] {
    return (message.sections ?? []).flatMap(({ buttons = [] }) =>
        buttons.map(({ command, url }) => command ?? url ?? ''),
    );
}

describe.each(TARGETS)('a reply on $platform', (target) => {
    test.each(botkubeReplies())('keeps every limit and calls nobody: $name', ({ reply }) => {
        expect(brokenResponse(render(reply, target), target.platform)).toEqual([]);
    });

    test('keeps them with random mixtures of hostile texts', () => {
        let seed = 42;
        const random = (below: number): number => {
            seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
            return (seed >>> 8) % below;
        };
        const texts = Object.values(HOSTILE);
        const text = (): string =>
            Array.from({ length: 1 + random(4) }, () => {
                const one = texts[random(texts.length)] ?? '';
                return one.slice(random(30), 30 + random(random(4) === 0 ? 5_000 : 200));
            }).join(' ');
        for (let round = 0; round < 60; round++) {
            const reply: Reply = {
                ...(random(2) ? { card: cardOf(text(), text()) } : {}),
                sections: Array.from({ length: random(4) }, () => sectionOf(text())),
            };
            expect(brokenResponse(render(reply, target), target.platform)).toEqual([]);
        }
    });
});

describe('the examples of the reference', () => {
    test('a short text is a base body', () => {
        expect(render({ sections: [{ text: '3 alerts firing, 1 waits for approval.' }] }, MATTERMOST)).toEqual({
            message: { baseBody: { plaintext: '3 alerts firing, 1 waits for approval.' } },
        });
    });

    test('a table is a code block', () => {
        expect(
            render({ sections: [{ code: 'ID    ALERT\nr-42  Crash' }] }, { platform: 'slack', clicked: false }),
        ).toEqual({ message: { baseBody: { codeBlock: 'ID    ALERT\nr-42  Crash' } } });
    });

    test('a diagnosis is a card with two buttons', () => {
        const reply: Reply = {
            sections: [
                {
                    title: 'KubePodCrashLooping',
                    text: 'Pod api-7d9 restarts every 40 s',
                    fields: [{ label: 'Severity', value: 'critical' }],
                    items: [],
                },
                { title: 'Evidence', items: ['OOMKilled 6 times in 10 min', 'limit 128Mi, working set 127Mi'] },
                {
                    title: 'Proposed fix',
                    code: 'ansible-playbook raise-memory.yml -e ns=shop',
                    buttons: [
                        { label: 'Approve', style: 'primary', command: 'fix approve r-42' },
                        { label: 'Reject', style: 'danger', command: 'fix reject r-42' },
                    ],
                    notes: ['AI-generated: check before approving'],
                },
            ],
        };
        expect(render(reply, SLACK)).toEqual({
            message: {
                parentActivityId: '1.2',
                sections: [
                    {
                        header: 'KubePodCrashLooping',
                        description: 'Pod api-7d9 restarts every 40 s',
                        textFields: [{ key: 'Severity', value: 'critical' }],
                    },
                    {
                        bulletLists: [
                            {
                                title: 'Evidence',
                                items: ['OOMKilled 6 times in 10 min', 'limit 128Mi, working set 127Mi'],
                            },
                        ],
                    },
                    {
                        header: 'Proposed fix',
                        body: { codeBlock: 'ansible-playbook raise-memory.yml -e ns=shop' },
                        buttons: [
                            {
                                name: 'Approve',
                                style: 'primary',
                                command: '{{BotName}} fix approve r-42 --bk-cmd-header="Approve"',
                            },
                            {
                                name: 'Reject',
                                style: 'danger',
                                command: '{{BotName}} fix reject r-42 --bk-cmd-header="Reject"',
                            },
                        ],
                        context: [{ text: 'AI-generated: check before approving' }],
                    },
                ],
            },
        });
    });

    test('the answer to a click takes the buttons away, where they were', () => {
        const reply: Reply = {
            replaceOriginal: true,
            sections: [{ title: 'KubePodCrashLooping', text: 'Approved, running as job 7' }],
        };
        expect(render(reply, SLACK).message).toEqual({
            replaceOriginal: true,
            parentActivityId: '1.2',
            sections: [{ header: 'KubePodCrashLooping', description: 'Approved, running as job 7' }],
        });
    });

    test('a select has static options in groups', () => {
        const select = {
            label: 'Alert',
            command: 'fix diagnose',
            groups: [{ label: 'critical', options: [{ label: 'Crash shop/api', value: 'a1b2c3' }] }],
        };
        expect(render({ sections: [{ text: 'Pick an alert', select }] }, SLACK).message.sections).toEqual([
            {
                description: 'Pick an alert',
                selects: {
                    id: 'select-1-1',
                    items: [
                        {
                            type: 'static',
                            name: 'Alert',
                            command: '{{BotName}} fix diagnose',
                            optionGroups: [
                                { name: 'critical', options: [{ name: 'Crash shop/api', value: 'a1b2c3' }] },
                            ],
                        },
                    ],
                },
            },
        ]);
    });
});

describe('percent signs', () => {
    const section = {
        title: '5% up',
        text: 'at 12% of limit',
        fields: [{ label: '% used', value: '97%' }],
        code: '100%',
        items: ['1%'],
        notes: ['2%'],
    };

    test('are doubled on Slack where Botkube formats, and nowhere else', () => {
        expect(render({ sections: [section, { title: '6%', items: ['7%'] }] }, SLACK).message.sections).toEqual([
            {
                header: '5% up',
                description: 'at 12%% of limit',
                textFields: [{ key: '% used', value: '97%' }],
                body: { plaintext: '• 1%%', codeBlock: '100%%' },
                context: [{ text: '2%' }],
            },
            { bulletLists: [{ title: '6%%', items: ['7%%'] }] },
        ]);
        expect(render({ sections: [{ text: '12%' }] }, SLACK).message.baseBody).toEqual({ plaintext: '12%' });
    });

    test('are never doubled on Mattermost', () => {
        expect(textOf(render({ sections: [section] }, MATTERMOST))).not.toContain('%%');
    });

    test('of an automation stand in fields and small print only', () => {
        const sections = render({ sections: [section] }, AUTOMATION).message.sections ?? [];
        const elsewhere = sections.map(({ textFields: _fields, context: _context, header: _header, ...rest }) => rest);
        expect(JSON.stringify(elsewhere)).not.toContain('%');
        expect(sections.flatMap(({ context = [] }) => context.map(({ text }) => text))).toEqual([
            'at 12% of limit',
            '• 1%',
            '```\n100%\n```',
            '2%',
        ]);
    });
});

describe('the decision', () => {
    const approve = /^\{\{BotName\}\} fix approve inc-\w+ [0-9a-f]{8}/;

    test('names the incident and the seal that was seen, and what the host writes over the answer', () => {
        const card = waitingCard();
        const [first = '', second = ''] = buttonsOf(render({ card, sections: [] }, SLACK).message);
        const { incidentId, decision } = card;
        const command = `${incidentId} ${decision?.seal.slice(0, 8) ?? ''}`;
        expect(first).toBe(`{{BotName}} fix approve ${command} --bk-cmd-header="Approve ${incidentId}"`);
        expect(second).toBe(`{{BotName}} fix reject ${command} --bk-cmd-header="Reject ${incidentId}"`);
    });

    const askedIn = (response: ExecuteResponse): BotkubeMessage[] =>
        all(response).filter((message) => buttonsOf(message).some((command) => approve.test(command)));
    const withSections = (...sections: Card['sections']): Card => ({ ...waitingCard(), sections });
    const DRY_RUN = { title: 'Dry run', wholeOrFile: true as const, code: '-old.log' };
    const FIX = { title: 'The fix', essential: true as const, items: ['path: /var/log'] };
    const LONG = HOSTILE['many lines'] ?? '';

    test.each(['slack', 'discord', 'unknown'] as const)(
        'on %s is at the end of the one message that shows the fix and its dry run, however long the evidence',
        (platform) => {
            const card = withSections({ title: 'Cause', body: LONG }, FIX, DRY_RUN);
            const response = render({ card, sections: [] }, { platform, clicked: false });
            expect(askedIn(response)).toEqual([response.message]);
            const [before = '', after = ''] = markdownOf(response.message).split(/fix approve inc/);
            for (const part of ['path: /var/log', '-old.log']) expect(before).toContain(part);
            expect(after).toContain(textsOf('en-US').chat.shortened);
            expect(after).not.toMatch(/path:|old\.log/);
        },
    );

    test('has all that the reply says besides behind it', () => {
        const response = render(
            { card: withSections(FIX, DRY_RUN), sections: [{ title: 'Timeline', code: LONG }] },
            SLACK,
        );
        expect(askedIn(response)).toEqual([response.message]);
        expect(response.messages?.length).toBeGreaterThan(1);
        expect(textOf(response)).toContain('Timeline');
    });

    test.each<[string, Card['sections']]>([
        ['the fix takes several messages', [{ ...FIX, body: 'host-1, '.repeat(600) }, DRY_RUN]],
        ['the dry run takes several messages', [FIX, { ...DRY_RUN, code: LONG }]],
        [
            'the card has only a part of the dry run',
            [FIX, { ...DRY_RUN, file: { digest: '', lines: 900, cut: true, note: 'All of it is on the page.' } }],
        ],
    ])('is nowhere where %s: the first message leads to the incident page', (_what, sections) => {
        for (const platform of ['slack', 'discord', 'unknown'] as const) {
            const response = render({ card: withSections(...sections), sections: [] }, { platform, clicked: false });
            expect(textOf(response)).not.toContain('fix approve');
            expect(markdownOf(response.message)).toContain('too long to be shown whole');
            expect(markdownOf(response.message)).toContain('Decide on the incident page');
            expect(markdownOf(response.message)).toContain('https://red.example/alert-to-fix/incidents/inc-1');
        }
    });

    test('is nowhere on Mattermost, where nobody is attested: the card leads to the incident page', () => {
        const text = textOf(render({ card: waitingCard(), sections: [] }, MATTERMOST));
        expect(text).not.toMatch(/fix (?:approve|reject)/);
        expect(text).toMatch(/Decide on the incident page\*\*\nhttps:\/\/red\.example/);
    });

    test('is a command to copy where there are no buttons', () => {
        expect(textOf(render({ card: waitingCard(), sections: [] }, DISCORD))).toMatch(
            /\*\*Approve\*\*\n {2}• `<@\w+> fix approve inc-\w+ [0-9a-f]{8}`/,
        );
    });
});

test('long evidence is split over further messages of the thread, without loss', () => {
    const code = HOSTILE['many lines'] ?? '';
    const response = render({ sections: [{ title: 'Log', code }] }, SLACK);
    const shown = all(response).flatMap(({ sections = [] }) => sections.map(({ body }) => body?.codeBlock ?? ''));
    expect(shown.join('\n').replaceAll('%%', '%')).toBe(code);
    expect(all(response).every(({ parentActivityId }) => parentActivityId === '1.2')).toBe(true);
});

test('what is more than sixteen messages, or more than one elsewhere, is said to be cut', () => {
    const text = 'word '.repeat(20_000);
    for (const target of TARGETS) expect(textOf(render({ sections: [{ text }] }, target))).toContain('cut');
    expect(all(render({ sections: [{ text }] }, SLACK))).toHaveLength(16);
});

test('only the asker sees every message of an ephemeral reply', () => {
    const response = render({ ephemeral: true, sections: [{ text: 'word '.repeat(2_000) }] }, SLACK);
    expect(all(response).map(({ onlyVisibleForYou }) => onlyVisibleForYou)).toEqual(all(response).map(() => true));
});

test.each(['slack', 'mattermost', 'discord'] as const)(
    'on %s the command that Botkube writes above an answer does not make a file of it',
    (platform) => {
        const fileFrom = { slack: 3_001, mattermost: 3_990, discord: 2_000 }[platform];
        for (const length of platform === 'discord' ? [10, 300] : [10, 500, 1_000, 1_300]) {
            const heading = `fix ask inc-12345678 "${'x'.repeat(length)}"`;
            const above = `\`${heading}\` on \`a-cluster-with-a-long-name-in-europe\` by <@U0123456789>`;
            const response = render(
                { card: waitingCard(), sections: [{ text: 'word '.repeat(800) }] },
                { platform, clicked: false, heading },
            );
            for (const message of all(response))
                expect(Buffer.byteLength(`${above}\n${markdownOf(message)}`)).toBeLessThan(fileFrom);
        }
    },
);

test('what everybody must see for anybody to see it is not for the asker alone', () => {
    const refusal: Reply = { ephemeral: true, sections: [{ text: 'You may not decide.' }] };
    for (const target of [{ ...SLACK, clicked: true }, AUTOMATION, MATTERMOST])
        expect(render(refusal, target).message.onlyVisibleForYou).toBeUndefined();
});

test('only the first message replaces the original, all go to its thread: a typed command replaces nothing', () => {
    const { message, messages = [] } = render(
        { replaceOriginal: true, sections: [{ text: 'word '.repeat(2_000) }] },
        SLACK,
    );
    expect(message).toMatchObject({ replaceOriginal: true, parentActivityId: '1.2' });
    expect(
        messages.every(
            ({ replaceOriginal, parentActivityId }) => replaceOriginal === undefined && parentActivityId === '1.2',
        ),
    ).toBe(true);
});

test('a reply without anything is still a message', () => {
    expect(render({ sections: [] }, MATTERMOST).message.baseBody?.plaintext).toBeTruthy();
});

test('on Slack a name with stars and a path with wildcards stay readable', () => {
    expect(
        render({ sections: [{ text: '/var/log/*.gz and *.log of kube_pod' }] }, SLACK).message.baseBody?.plaintext,
    ).toBe('/var/log/∗.gz and ∗.log of kube_pod');
});
