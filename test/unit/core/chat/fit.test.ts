import type { Card, CardSection, Decisions } from '../../../../nodes/core/chat/card';
import { Budget, cardFor, type Fitted, fitCard } from '../../../../nodes/core/chat/fit';
import { textsOf } from '../../../../nodes/core/chat/texts';

const texts = textsOf('en-US');
const fix: CardSection = { title: 'fix', essential: true, body: 'x'.repeat(30) };
const noise: CardSection = { title: 'noise', body: 'x'.repeat(30) };
const card: Card = {
    incidentId: 'inc-1',
    tone: 'waiting',
    title: 'Disk',
    summary: '',
    fields: [],
    sections: [noise, noise, fix, noise],
    decision: { seal: 'a', approve: 'Yes', reject: 'No', confirm: '?', expiresAt: '', approvers: [] },
    footnotes: [],
    link: 'https://ops.example/alert-to-fix/#/inc-1',
};

/** A medium that shows as many characters of bodies as there are; a decision takes ten. Answers what was offered, too. */
function fitted(
    room: number,
    of: Card = card,
    streams = false,
): Fitted<string> & { placed: string[]; offered: boolean } {
    const budget = new Budget(room);
    const placed: string[] = [];
    let offered = false;
    const result = fitCard<string>(
        of,
        {
            ...(streams ? { streams: true as const } : {}),
            place: ({ title, body = '' }) => {
                const shown = budget.take(body);
                if (shown === '') return undefined;
                placed.push(title);
                return { out: `${title} ${shown.length}`, whole: shown === body };
            },
            decide: (decision) => {
                offered = decision !== undefined && budget.spend(10);
                return decision === undefined || offered;
            },
        },
        texts,
    );
    return { ...result, placed, offered };
}

test('what is essential gets room first, then the decision, and all of it stands in the order of the card', () => {
    expect(fitted(130)).toMatchObject({
        placed: ['fix', 'noise', 'noise', 'noise'],
        shown: ['noise 30', 'noise 30', 'fix 30', 'noise 30'],
        offered: true,
        shortened: false,
    });
    expect(fitted(75)).toMatchObject({ shown: ['noise 30', 'noise 5', 'fix 30'], offered: true, shortened: true });
});

test('there is no decision unless everything essential is whole, and then a note says so', () => {
    expect(fitted(29)).toMatchObject({ offered: false, note: texts.chat.notWhole, shown: ['fix 29'] });
});

test('there is no decision either where there is no room for it', () => {
    expect(fitted(35)).toMatchObject({ offered: false, note: texts.chat.notWhole });
});

test('a card without a decision has no note, however short the room', () => {
    const { decision: _decision, ...decided } = card;
    expect(fitted(10, decided).note).toBeUndefined();
    expect(fitted(10, decided, true).placed).toEqual(['noise']);
});

test.each<[string, CardSection['file'], number, boolean]>([
    ['shown whole', { digest: '', lines: 1, cut: false, note: '' }, 40, true],
    ['cut by the medium', { digest: '', lines: 1, cut: false, note: '' }, 20, false],
    ['only a part already', { digest: '', lines: 1, cut: true, note: '' }, 40, false],
])('what is kept as a file and is %s', (_what, file, room, whole) => {
    const { decision: _decision, ...decided } = card;
    expect(fitted(room, { ...decided, sections: [{ ...noise, file }] }).whole).toBe(whole);
});

test.each<[Decisions, boolean, RegExp | undefined]>([
    ['buttons', true, undefined],
    ['command', true, undefined],
    ['link', false, /Decide on the incident page.*https:\/\/ops\.example/],
    ['none', false, /Fixes are not decided in this chat/],
])('where people decide by %s the card keeps its decision: %s', (decisions, keeps, says) => {
    const made = cardFor(decisions, card, texts);
    expect(made.decision !== undefined).toBe(keeps);
    if (says) expect(JSON.stringify([made.sections, made.footnotes])).toMatch(says);
    else expect(made).toEqual(card);
});
