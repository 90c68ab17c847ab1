import { renderCard, renderReply } from '../../../../nodes/adapters/slack/render';
import { buildCard } from '../../../../nodes/core/chat/build-card';
import type { Card } from '../../../../nodes/core/chat/card';
import { aWaitingIncident, NOW } from '../../../support/cards';
import { brokenLimits, type Json, textLength } from '../../../support/slack-limits';

const HOSTILE: Record<string, string> = {
    broadcast: '<!channel> <@U999> <https://evil|safe> & <script>',
    long: 'x'.repeat(10_000),
    'long and escaped': '<&>'.repeat(4_000),
    emoji: '👩‍💻🔥'.repeat(3_000),
    chinese: '磁盘已满'.repeat(3_000),
    fences: '``` ` ```` \n```js\n',
    invisible: '\u202eabc\u200b\u2066\u0000\u001b[31m',
    'half a character': '\ud83d',
    empty: '',
    lines: 'a\n'.repeat(5_000),
    markdown: '*bold* _it_ ~no~ :fire: `code`',
};

function cardFull(text: string): Card {
    const section = { title: text, body: text, items: Array.from({ length: 30 }, () => text), code: text };
    return {
        incidentId: 'inc-00000000',
        tone: 'waiting',
        title: text,
        summary: text,
        fields: Array.from({ length: 14 }, () => ({ label: text, value: text })),
        sections: Array.from({ length: 40 }, () => section),
        decision: {
            seal: 'a'.repeat(64),
            approve: text || 'yes',
            reject: text || 'no',
            confirm: text || '?',
            expiresAt: NOW.toISOString(),
            approvers: Array.from({ length: 90 }, (_, i) => `slack:T1/U${i}`),
        },
        footnotes: [text, text, text],
    };
}

type Text = { type: string; text: string };

/** Every text object that Slack would read as mrkdwn. */
function markdowns(value: Json): string[] {
    if (typeof value !== 'object' || value === null) return [];
    if (Array.isArray(value)) return value.flatMap(markdowns);
    const own = value.type === 'mrkdwn' ? [String(value.text)] : [];
    return [...own, ...Object.values(value).flatMap(markdowns)];
}

function json(blocks: unknown): Json {
    return JSON.parse(JSON.stringify(blocks)) as Json;
}

describe.each(Object.entries(HOSTILE))('whatever is %s', (_name, text) => {
    const { blocks, text: fallback } = renderCard(cardFull(text), 'en-US');

    test('keeps within the limits of Slack', () => {
        expect(brokenLimits(json(blocks))).toEqual([]);
        expect(textLength(json(blocks))).toBeLessThanOrEqual(10_000);
        expect(fallback.length).toBeLessThanOrEqual(1_000);
    });

    test('mentions and links nobody but the approvers of the policy', () => {
        for (const markdown of [...markdowns(json(blocks)), fallback]) {
            expect(markdown.replace(/<@U\d+>/g, '').replace(/&(?:amp|lt|gt);/g, '')).not.toMatch(/[<>&]/);
            expect(markdown).not.toContain('<@U999>');
        }
    });

    test('holds nothing invisible and no broken character', () => {
        const all = JSON.stringify(blocks) + fallback;
        expect(all).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b]/);
        expect(all).not.toMatch(/\\ud[89ab]/i);
    });

    test('keeps code in its block', () => {
        for (const markdown of markdowns(json(blocks)).filter((one) => one.startsWith('```'))) {
            expect(markdown.split('```')).toHaveLength(3);
        }
    });

    test('never loses the buttons', () => {
        expect(blocks.filter(({ type }) => type === 'actions')).toHaveLength(1);
    });

    test('a reply keeps within the limits as well', () => {
        const reply = renderReply(text, 'en-US');
        expect(reply.length).toBeLessThan(3_100);
        expect(reply.replace(/&(?:amp|lt|gt);/g, '')).not.toMatch(/[<>&]/);
    });
});

test('what was cut is said to be cut', () => {
    const shown = JSON.stringify(renderCard(cardFull('x'.repeat(10_000)), 'en-US').blocks);
    expect(shown).toContain('all of it is on the incident page');
    expect(shown).toContain('Shortened to fit.');
});

const DECIDABLE: [string, string, boolean][] = [
    ['however long the alerts and the diagnosis are', '', true],
    ['but not when the fix itself does not fit', 'v'.repeat(4_000), false],
];
test.each(DECIDABLE)('the fix is shown whole where it can be decided, %s', (_what, value, decidable) => {
    const incident = aWaitingIncident();
    const noise = 'x'.repeat(5_000);
    const card = buildCard(incident, 'en-US', NOW);
    const fix = card.sections.find(({ essential }) => essential);
    if (!fix) throw new Error('the card shows no fix');
    const longer = { ...fix, items: [...(fix.items ?? []), `Parameter value = "${value}"`] };
    const { blocks } = renderCard(
        {
            ...card,
            sections: [
                { title: 'noise', body: noise },
                { title: 'noise', body: noise },
                { title: 'noise', body: noise },
                ...card.sections.map((section) => (section === fix ? longer : section)),
            ],
        },
        'en-US',
    );
    const shown = JSON.stringify(blocks);
    expect(shown.includes(JSON.stringify(`${value}"`).slice(1, -1))).toBe(decidable);
    expect(shown.includes('playbooks/free.yml')).toBe(true);
    expect(blocks.some(({ type }) => type === 'actions')).toBe(decidable);
    expect(shown.includes('decide on the incident page')).toBe(!decidable);
    expect(brokenLimits(json(blocks))).toEqual([]);
});

test('a card of usual size is shown whole', () => {
    const incident = aWaitingIncident();
    const card = buildCard(incident, 'en-US', NOW, 'https://x.example/alert-to-fix/#/i');
    const { blocks } = renderCard(card, 'en-US');
    const shown = blocks
        .flatMap((block) =>
            'text' in block
                ? [block.text.text]
                : 'fields' in block
                  ? block.fields.map((field: Text) => field.text)
                  : [],
        )
        .join('\n');
    expect(shown).not.toContain('cut');
    for (const { title, body = '', items = [] } of card.sections)
        for (const part of [title, body, ...items]) expect(shown).toContain(part);
    expect(shown).toContain('-old.log');
});

test('a button carries the incident and the seal, and nothing else', () => {
    const incident = aWaitingIncident();
    const { blocks } = renderCard(buildCard(incident, 'en-US', NOW), 'en-US');
    const buttons = blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []));
    expect(buttons.map(({ value }) => JSON.parse(value ?? 'null') as unknown)).toEqual(
        [1, 2].map(() => ({ incident: incident.id, seal: incident.seal?.digest })),
    );
    expect(buttons[0]?.confirm?.text.text).toContain('playbooks/free.yml');
});

test('without a decision there are no buttons, and a relative link makes none', () => {
    const { blocks } = renderCard(
        buildCard(aWaitingIncident({ stage: 'approved' }), 'en-US', NOW, '/alert-to-fix/#/i'),
        'en-US',
    );
    expect(blocks.filter(({ type }) => type === 'actions')).toEqual([]);
});
