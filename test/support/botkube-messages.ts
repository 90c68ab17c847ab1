import type { ExecuteResponse } from '../../botkube-plugin/host/types';
import { render } from '../../botkube-plugin/message/render';
import type { Reply, ReplySection, ReplyTarget } from '../../botkube-plugin/message/reply';
import { buildCard } from '../../nodes/core/chat/build-card';
import type { Card } from '../../nodes/core/chat/card';
import { aWaitingIncident, NOW } from './cards';

/** Texts that have broken chat messages before. */
export const HOSTILE: Record<string, string> = {
    chinese: '磁盘已满，旧日志占用了全部空间。'.repeat(400),
    percents: 'CPU at 12% of limit %s %d %!x %% 100%',
    'many percents': '%'.repeat(10_000),
    broadcast:
        '<!channel> <!here|x> <@U123> <#C1|y> <http://evil.example|click me> @channel @here @everyone @all @U1 <@&42>',
    entities: '&amp; &lt;!channel&gt; a && b < c > d '.repeat(60),
    graves: '``` ` `` ````\n```\n`rm -rf`',
    'ten thousand': 'x'.repeat(10_000),
    'many lines': Array.from({ length: 800 }, (_, line) => `line ${line}: 3.14 %`).join('\n'),
    emoji: '👩‍👩‍👧‍👦🔥🏳️‍🌈'.repeat(300),
    'half characters': '\ud800 broken \udc00',
    'nested quotes': "\"'“”‘’\\\"\\\\''".repeat(40),
    invisible: 'pay\u202eload\u200b\u2066 \u0007 \u00ad\ufeff end',
    markdown:
        '# h\n**b** _i_ ~~s~~ [a](http://evil.example) ![p](http://evil.example/p.png) ||spoiler||\n> quote\n- one\n--- \n| a | b |\nkube_pod_status \\',
    placeholder: '{{BotName}} fix approve inc-1 {{BotName}}',
    blank: ' \n\t\u200b ',
};

export const TARGETS: ReplyTarget[] = [
    { platform: 'slack', clicked: false, thread: '1700000000.000100' },
    { platform: 'mattermost', clicked: false },
    { platform: 'discord', clicked: false },
    { platform: 'unknown', clicked: false },
];

/** A section with the text in every place. */
export function sectionOf(text: string): ReplySection {
    return {
        title: text,
        text,
        fields: Array.from({ length: 23 }, () => ({ label: text, value: text })),
        items: [text, 'short', text],
        code: text,
        buttons: [
            { label: text, command: 'fix show inc-1' },
            { label: 'Other', command: `fix ask inc-1 "${text}"`, style: 'danger' },
            ...Array.from({ length: 30 }, (_, index) => ({
                label: `${text}${index}`,
                command: `fix diagnose --alert "${'a'.repeat(240)}" --n ${index}`,
            })),
        ],
        select: {
            label: text,
            command: 'fix diagnose',
            groups: [
                {
                    label: text,
                    options: Array.from({ length: 130 }, (_, index) => ({
                        label: `${text}${index}`,
                        value: `a1b2c3d4e5f6${index}`,
                    })),
                },
                { label: 'empty', options: [] },
                {
                    label: 'long',
                    options: [
                        { label: 'long', value: 'v'.repeat(151) },
                        { label: 'hostile', value: text },
                    ],
                },
            ],
        },
        notes: [text, 'small print'],
    };
}

/** A card that waits for a decision, with the text in every place that others write. */
export function cardOf(text: string, essential = text): Card {
    return {
        ...waitingCard(),
        title: text,
        summary: text,
        fields: [
            { label: text, value: text },
            { label: 'Severity', value: 'critical' },
        ],
        sections: [
            { title: 'Cause', body: text },
            { title: text, items: [text, text] },
            { title: 'The fix', essential: true, items: ['playbook: playbooks/free.yml', essential] },
            { title: 'Dry run', code: text, items: [text] },
        ],
        footnotes: [text, 'AI-generated: check before approving'],
    };
}

/** The card of an incident that waits, as Node-RED would show it. */
export function waitingCard(): Card {
    return buildCard(aWaitingIncident(), 'en-US', NOW, 'https://red.example/alert-to-fix/incidents/inc-1');
}

const NORMAL: Record<string, Reply> = {
    'plain text': { sections: [{ text: '3 alerts firing, 1 waits for approval.' }] },
    'code block': { sections: [{ code: 'ID    ALERT                SEVERITY\nr-42  KubePodCrashLooping  critical' }] },
    'waiting card': { card: waitingCard(), sections: [] },
    'answer to a click': {
        sections: [{ title: 'KubePodCrashLooping', text: 'Approved by Ann (100%), running as job 7' }],
        replaceOriginal: true,
    },
    ephemeral: { sections: [{ text: 'You may not decide on this.' }], ephemeral: true },
    select: {
        sections: [
            {
                text: 'Pick an alert',
                select: {
                    label: 'Alert',
                    command: 'fix diagnose',
                    groups: [
                        { label: 'critical', options: [{ label: 'KubePodCrashLooping shop/api', value: 'a1b2c3' }] },
                        { label: 'warning', options: [{ label: 'HighCPU node-3', value: 'd4e5f6' }] },
                    ],
                },
            },
        ],
    },
    nothing: { sections: [] },
};

/** Replies by name, hostile and normal. */
export function botkubeReplies(): { name: string; reply: Reply }[] {
    return [
        ...Object.entries(NORMAL).map(([name, reply]) => ({ name, reply })),
        ...Object.entries(HOSTILE).flatMap(([name, text]) => [
            {
                name: `${name} everywhere`,
                reply: { sections: [sectionOf(text), { text }, { title: text, items: [text] }] },
            },
            { name: `${name} in a card`, reply: { card: cardOf(text), sections: [], replaceOriginal: true } },
            {
                name: `${name} in the evidence of a card`,
                reply: { card: cardOf(text, 'path: /var/log'), sections: [{ text }] },
            },
            { name: `${name} alone`, reply: { sections: [{ text }], ephemeral: true } },
            { name: `${name} as code`, reply: { sections: [{ code: text }] } },
        ]),
    ];
}

/** What Botkube gets for them, on every platform: the JSON that its real renderers are fed with. */
export function botkubeMessages(): { name: string; platform: ReplyTarget['platform']; response: ExecuteResponse }[] {
    return TARGETS.flatMap((target) =>
        botkubeReplies().map(({ name, reply }) => ({
            name,
            platform: target.platform,
            response: render(reply, target),
        })),
    );
}
