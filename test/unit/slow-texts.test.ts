import { parse } from '../../botkube-plugin/executor/parse';
import { split } from '../../botkube-plugin/message/split';
import { RunRecord } from '../../nodes/adapters/ansible/events';
import { escapeMarkdown, escapeWithin, withoutFences } from '../../nodes/adapters/slack/escape';
import { parseModelJson } from '../../nodes/core/diagnosis/model-json';
import { modelStep } from '../../nodes/core/diagnosis/step';
import { fillQuery, misplacedPlaceholder, withoutMatchers } from '../../nodes/core/runbook/promql';
import { fillText } from '../../nodes/core/runbook/render';
import { targetHosts } from '../../nodes/core/runbook/target';
import { plain, plainCode, plainLine } from '../../nodes/core/text/plain-text';
import { redact } from '../../nodes/core/text/redact';
import { visible, visibleProse } from '../../nodes/core/text/text';
import { dearness, growth, LINEAR } from '../support/growth';
import { SLOW_TEXTS } from '../support/slow-texts';

const tried = (work: () => unknown): unknown => {
    try {
        return work();
    } catch (thrown) {
        return thrown;
    }
};

const READERS: Record<string, (text: string) => unknown> = {
    redact,
    visible,
    visibleProse,
    plain,
    plainLine,
    plainCode,
    fillQuery: (text) => fillQuery(text, { host: 'web-1' }),
    misplacedPlaceholder,
    withoutMatchers,
    fillText: (text) => fillText(text, {}),
    'targetHosts in evidence': (text) =>
        tried(() => targetHosts({ id: 'fix', target: 'host' }, { alerts: [] }, ['web-1'], text)),
    parseModelJson: (text) => tried(() => parseModelJson(text, modelStep([]))),
    'a command of Botkube': (text) => tried(() => parse(`fix ask inc-7f3k2 ${text}`)),
    split: (text) => split(text, 3_000),
    "Slack's escapes": (text) => [escapeMarkdown(text), escapeWithin(text, 3_000), withoutFences(text)],
};

const CASES = Object.entries(READERS).flatMap(([reader, read]) =>
    Object.entries(SLOW_TEXTS).map(([name, text]) => [reader, name, read, text] as const),
);

test.each(CASES)('%s: the time for %s grows with their length only', (_reader, _name, read, text) => {
    const texts = new Map([12_000, 96_000].map((length) => [length, text(length)]));
    expect(growth((length) => read(texts.get(length) ?? ''), 12_000)).toBeLessThan(LINEAR);
});

test.each(Object.entries(SLOW_TEXTS))('redaction of %s takes about as long as that of plain text', (_name, text) => {
    const [slow, ordinary] = [text(150_000), `${'a line of text without anything in it '.repeat(4_000)}@`];
    expect(
        dearness(
            () => redact(slow),
            () => redact(ordinary),
        ),
    ).toBeLessThan(40);
});

test.each(Object.entries(SLOW_TEXTS))('a diff of %s is taken in with turns for everybody else', async (_name, text) => {
    let turns = 0;
    let goesOn = true;
    const turn = (): void => {
        turns += 1;
        if (goesOn) setImmediate(turn);
    };
    setImmediate(turn);
    const record = new RunRecord();
    for (let index = 0; index < 12; index += 1) {
        await record.add({
            event: 'changed',
            host: 'web-1',
            task: 'copy',
            facts: false,
            ignored: false,
            began: 1,
            diff: text(100_000),
            message: null,
        });
    }
    goesOn = false;
    expect(turns).toBeGreaterThanOrEqual(12);
    expect(record.tasks).toHaveLength(12);
});
