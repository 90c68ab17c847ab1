// @needs chromium
import type { Browser } from 'playwright-core';
import { MODEL_VENDORS, vendorFields } from '../../nodes/adapters/models';
import { startBrowser } from '../support/browser';
import { Editor } from '../support/editor';
import { CREDENTIALS, DIALOGS, everyDialog, MISTAKES, mistakes, SECRET } from '../support/every-dialog';
import { exampleFlow } from '../support/example-flow';
import { type NodeRedProcess, startNodeRed } from '../support/node-red-process';
import { nodeTypes } from '../support/package';

/** Something like `alert-in.label.store`, which a person must never see. */
const UNTRANSLATED = new RegExp(`(?:${nodeTypes.join('|')})\\.[a-zA-Z]+\\.[\\w.-]+|@alert-to-fix/node-red/[\\w-]+:`);

let browser: Browser;
let nodeRed: NodeRedProcess;

beforeAll(async () => {
    browser = await startBrowser();
    nodeRed = await startNodeRed();
});

afterAll(async () => {
    await browser?.close();
    await nodeRed?.remove();
});

async function withEditor(
    locale: string,
    id: string,
    look: (editor: Editor) => Promise<void>,
    theme?: 'light' | 'dark',
): Promise<void> {
    const editor = await Editor.open(browser, nodeRed.url, locale, id, theme);
    try {
        await look(editor);
        expect(editor.faults).toEqual([]);
    } finally {
        await editor.close();
    }
}

describe.each([
    ['en-US', 'light'],
    ['zh-CN', 'dark'],
] as const)('in %s, %s', (locale, theme) => {
    test('the palette shows what the six nodes do, in the order of the standard flow', async () => {
        await nodeRed.deploy(everyDialog);
        await withEditor(
            locale,
            'in',
            async (editor) => {
                const palette = editor.page.locator('#red-ui-palette-alert_to_fix .red-ui-palette-node');
                expect(
                    await palette.evaluateAll((all) => all.map((one) => one.getAttribute('data-palette-type'))),
                ).toEqual(['alert-in', 'redis-memory', 'llm-diagnose', 'ansible-exec', 'approval-gate', 'chat-out']);
                expect((await palette.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' ').trim())).toEqual(
                    locale === 'zh-CN'
                        ? ['接收告警', '记忆', '诊断', 'Ansible 修复', '审批', '聊天卡片']
                        : ['alerts in', 'memory', 'diagnose', 'ansible fix', 'approval', 'chat card'],
                );
                await palette.last().scrollIntoViewIfNeeded();
                await editor.shoot(`palette.${locale}`);
            },
            theme,
        );
    });

    test('every dialog opens in this language, and Done keeps every field', async () => {
        await nodeRed.deploy(everyDialog);
        await withEditor(
            locale,
            'in',
            async (editor) => {
                for (const id of DIALOGS) {
                    const before = await editor.node(id);
                    const prefix = await editor.openDialog(id);
                    expect({
                        id,
                        untranslated: UNTRANSLATED.exec(await editor.texts())?.[0],
                        overflows: await editor.overflows(),
                    }).toEqual({ id, overflows: [] });
                    const shown = await editor.shown(id, prefix);
                    for (const [name, value] of Object.entries(shown))
                        expect({ id, name, value }).toEqual({ id, name, value: before.values[name] });
                    await editor.shoot(`dialog-${id}.${locale}`);
                    await editor.closeDialog('ok');
                    expect({ id, ...(await editor.node(id)) }).toEqual({ id, ...before });
                    expect(await editor.shown(id, await editor.openDialog(id))).toEqual(shown);
                    await editor.closeDialog('cancel');
                }
            },
            theme,
        );
    });

    test('a forgotten or wrong field marks the node and says what is wrong in a sentence', async () => {
        await nodeRed.deploy(mistakes);
        await withEditor(locale, 'mistake-0', async (editor) => {
            for (const [index, { type, properties, english, chinese }] of MISTAKES.entries()) {
                const { valid, errors } = await editor.node(`mistake-${index}`);
                expect({ type, properties, valid, count: errors.length }).toEqual({
                    type,
                    properties,
                    valid: false,
                    count: 1,
                });
                expect(errors[0]).toMatch(locale === 'zh-CN' ? chinese : english);
                expect(errors[0]).not.toMatch(UNTRANSLATED);
            }
        });
    });
});

test('the dialog of a model lists the vendors of the registry, and shows the fields of the chosen one', async () => {
    await nodeRed.deploy(everyDialog);
    for (const locale of ['en-US', 'zh-CN'] as const) {
        await withEditor(locale, 'in', async (editor) => {
            const prefix = await editor.openDialog('provider');
            const choice = editor.page.locator(`#${prefix}-vendor`);
            expect(await choice.locator('option').allInnerTexts()).toEqual(
                MODEL_VENDORS.map(({ label }) => label[locale]),
            );
            for (const vendor of MODEL_VENDORS) {
                await choice.selectOption(vendor.id);
                const shown: string[] = [];
                for (const name of Object.keys(vendorFields()))
                    if (await editor.page.locator(`#${prefix}-${name}`).isVisible()) shown.push(name);
                const placeholder = (name: string) =>
                    editor.page.locator(`#${prefix}-${name}`).getAttribute('placeholder');
                expect([vendor.id, shown, await placeholder('url'), await placeholder('model')]).toEqual([
                    vendor.id,
                    Object.keys(vendor.fields),
                    vendor.url,
                    vendor.exampleModel,
                ]);
                for (const name of shown) expect(await editor.texts()).toContain(vendor.fields[name]?.label[locale]);
            }
            await editor.closeDialog('cancel');
        });
    }
});

test('nodes without a name say on the canvas what they do', async () => {
    await nodeRed.deploy(everyDialog.map((node) => ({ ...node, name: '' })));
    const labels = async (editor: Editor): Promise<string[]> =>
        Promise.all(
            ['in', 'recall', 'remember', 'diagnose', 'dry-run', 'run', 'gate', 'card'].map(
                async (id) => (await editor.node(id)).label,
            ),
        );
    await withEditor('en-US', 'in', async (editor) => {
        expect(await labels(editor)).toEqual([
            'alerts in /mine',
            'memory: recall',
            'memory: remember',
            'diagnose',
            'ansible fix: dry run',
            'ansible fix: run',
            'approval',
            'chat card',
        ]);
    });
    await withEditor('zh-CN', 'in', async (editor) => {
        expect((await labels(editor)).slice(0, 2)).toEqual(['接收告警 /mine', '记忆：回忆']);
        expect((await labels(editor)).slice(4, 6)).toEqual(['Ansible 修复：试运行', 'Ansible 修复：执行']);
    });
});

describe.each([
    ['quickstart', 'a2f', []],
    ['rules-only', 'a2f-rules', []],
    ['slack-approval', 'a2f-slack', ['card', 'channel', 'gate']],
])('the example flow %s', (name, prefix, unfinished) => {
    test('imports whole; only what nobody but its user can know is missing', async () => {
        await nodeRed.deploy(exampleFlow(name));
        for (const [locale, theme] of [
            ['en-US', 'light'],
            ['zh-CN', 'dark'],
        ] as const) {
            await withEditor(
                locale,
                `${prefix}-card`,
                async (editor) => {
                    expect(await editor.invalid()).toEqual(unfinished.map((id) => `${prefix}-${id}`));
                    await editor.shoot(`flow-${name}.${locale}`);
                },
                theme,
            );
        }
    });
});

describe('a node that another release saved', () => {
    const savedWith = (version: number | undefined, id: string): object[] =>
        everyDialog.map((node) => ('id' in node && node.id === id ? { ...node, version } : node));

    test.each([
        ['in', 'en-US', /older release .* version 0\).*version 1/],
        ['store', 'zh-CN', /旧版本.*版本 0.*版本 1/],
    ])('%s: without a version, its dialog says so, and Done saves the newest', async (id, locale, notice) => {
        await nodeRed.deploy(savedWith(undefined, id));
        await withEditor(locale, id, async (editor) => {
            await editor.hasVersion(id, 1);
            expect(await editor.isChanged(id)).toBe(false);
            await editor.openDialog(id);
            expect(await editor.page.locator('.alert-to-fix-version').innerText()).toMatch(notice);
            await editor.shoot(`migrated-${id}.${locale}`);
            await editor.closeDialog('ok');
            expect(await editor.isChanged(id)).toBe(true);
            await editor.deploy();
            const { flows } = JSON.parse(editor.deploys.at(-1) ?? '{}') as {
                flows: { id: string; version?: number }[];
            };
            expect(flows.find((node) => node.id === id)?.version).toBe(1);
            await editor.openDialog(id);
            expect(await editor.page.locator('.alert-to-fix-version').count()).toBe(0);
            await editor.closeDialog('cancel');
        });
    });

    test('a newer version is marked as invalid, and Done leaves it as it is', async () => {
        await nodeRed.deploy(savedWith(7, 'recall'));
        await withEditor('en-US', 'recall', async (editor) => {
            const before = await editor.node('recall');
            expect(before.valid).toBe(false);
            expect(before.errors).toEqual([expect.stringMatching(/newer release .*version 7; .*up to 1/)]);
            await editor.openDialog('recall');
            expect(await editor.page.locator('.alert-to-fix-version').innerText()).toMatch(/update @alert-to-fix/);
            await editor.closeDialog('ok');
            expect(await editor.node('recall')).toEqual(before);
        });
    });
});

describe('the approval gate', () => {
    test.each([
        ['en-US', /label matchers as in Alertmanager.*misses an operator at character 10/],
        ['zh-CN', /Alertmanager 的写法.*misses an operator at character 10/],
    ])('in %s: what only the server can see is shown in its rule, and marks the node', async (locale, problem) => {
        await nodeRed.deploy(everyDialog);
        await withEditor(locale, 'gate', async (editor) => {
            await editor.openDialog('gate');
            const rule = editor.page.locator('.approval-gate-rule').last();
            const match = rule.locator('input[spellcheck=false]').first();
            await match.fill('severity critical');
            await rule.locator('.approval-gate-problem').getByText(problem).waitFor();
            await editor.shoot(`gate-problem.${locale}`);
            await match.fill('severity=~"("');
            await rule
                .locator('.approval-gate-problem')
                .getByText(/regular expression/)
                .waitFor();
            await editor.closeDialog('ok');
            const { valid, errors } = await editor.node('gate');
            expect({ valid, errors }).toEqual({ valid: false, errors: [expect.stringMatching(/regular expression/)] });
            await editor.openDialog('gate');
            await match.fill('severity="critical"');
            await rule.locator('.approval-gate-problem').waitFor({ state: 'hidden' });
            await editor.closeDialog('ok');
            expect(await editor.node('gate')).toMatchObject({ valid: true, errors: [] });
        });
    });

    test.each([
        ['en-US', /These approvers cannot approve: mattermost:al\./, /may have several of these accounts/],
        ['zh-CN', /以下批准人无法批准：mattermost:al。/, /可能属于同一人/],
    ])(
        'in %s: approvers whom nobody attests, and two doors of one person, are warned of',
        async (locale, who, doors) => {
            await nodeRed.deploy(everyDialog);
            await withEditor(locale, 'gate', async (editor) => {
                await editor.openDialog('gate');
                const rule = editor.page.locator('.approval-gate-rule').last();
                const warning = rule.locator('.approval-gate-warning');
                await rule.locator('select').first().selectOption('two');
                await rule
                    .locator('input[spellcheck=false]')
                    .nth(1)
                    .fill('page:demo-operator, slack:T1/U1, mattermost:al');
                await warning.getByText(doors).waitFor();
                await editor.page
                    .locator('#node-input-people')
                    .fill('op = page:demo-operator, slack:T1/U1\nal = mattermost:al');
                await warning.getByText(doors).waitFor({ state: 'hidden' });
                await warning.getByText(who).waitFor();
                await editor.closeDialog('ok');
                expect(await editor.node('gate')).toMatchObject({ valid: true, errors: [] });
            });
        },
    );

    test('a deployed gate with an approver that names nobody is marked, and a group likewise', async () => {
        const broken = (change: object): object[] =>
            everyDialog.map((node) => ('id' in node && node.id === 'gate' ? { ...node, ...change } : node));
        const rule = { name: 'All', match: '', risks: ['low'], decision: 'one' };
        for (const change of [
            { rules: [{ ...rule, approvers: 'alice' }] },
            { groups: [{ name: 'sre', members: 'group:other' }] },
        ]) {
            await nodeRed.deploy(broken(change));
            await withEditor('en-US', 'gate', async (editor) => {
                await editor.isInvalid('gate');
                expect((await editor.node('gate')).errors).toEqual([expect.stringMatching(/"alice"|another group/)]);
            });
        }
    });
});

describe('secrets', () => {
    const credentialsOf = (body: string | undefined): Record<string, Record<string, string>> => {
        const { flows } = JSON.parse(body ?? '{}') as { flows: { id: string; credentials?: Record<string, string> }[] };
        return Object.fromEntries(flows.flatMap(({ id, credentials }) => (credentials ? [[id, credentials]] : [])));
    };

    test('are sent once when changed, and never otherwise', async () => {
        await nodeRed.deploy(everyDialog);
        await withEditor('en-US', 'in', async (editor) => {
            for (const [id] of CREDENTIALS) {
                await editor.openDialog(id);
                await editor.closeDialog('ok');
            }
            await editor.deploy();
            expect(credentialsOf(editor.deploys.at(-1))).toEqual({});

            for (const [id, names] of CREDENTIALS) {
                const prefix = await editor.openDialog(id);
                for (const name of names) {
                    const field = editor.page.locator(`#${prefix}-${name}`);
                    expect(await field.inputValue()).toBe('__PWRD__');
                    await field.fill(`changed-${SECRET}`);
                }
                await editor.closeDialog('ok');
                await editor.deploy();
                const sent = credentialsOf(editor.deploys.at(-1));
                expect(Object.keys(sent)).toEqual([id]);
                expect(sent[id]).toMatchObject(Object.fromEntries(names.map((name) => [name, `changed-${SECRET}`])));
            }
            await editor.deploy();
            expect(credentialsOf(editor.deploys.at(-1))).toEqual({});
        });
    });

    test('are neither in the flows nor in the log', async () => {
        await nodeRed.deploy(everyDialog);
        expect(await (await fetch(`${nodeRed.url}/flows`)).text()).not.toContain(SECRET);
        expect(nodeRed.log()).not.toContain(SECRET);
    });
});
