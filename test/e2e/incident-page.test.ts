/**
 * @needs redis-server
 * @needs chromium
 */
import bcrypt from 'bcryptjs';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { decide } from '../../nodes/core/approval/decide';
import type { Incident } from '../../nodes/core/model/incident';
import type { DryRun } from '../../nodes/core/model/plan';
import { sha256 } from '../../nodes/core/text/json';
import { keys, person, sealOf } from '../support/approvals';
import { startBrowser } from '../support/browser';
import { isNodeRedsOwn } from '../support/editor';
import { alertInNode, embeddedStoreNode, PageScene } from '../support/page-scene';
import { saveShot } from '../support/screenshots';

/** The page looks again by itself twice a minute, should it have missed a change in the moment in which it connects. */
const LONGEST_WAIT_MS = 60_000;
const PHONE = { width: 360, height: 640 };
const DESKTOP = { width: 1280, height: 900 };
const OPERATOR = person('demo-operator', { name: 'Demo operator' });

let scene: PageScene;
let browser: Browser;
let page: Page;
/** Faults of scripts and refusals of the content security policy. */
let faults: string[];

beforeAll(async () => {
    [scene, browser] = await Promise.all([
        PageScene.start({
            demoOperator: true,
            nodes: [embeddedStoreNode('second'), { id: 'tab', type: 'tab' }, alertInNode()],
        }),
        startBrowser(),
    ]);
});
afterAll(async () => {
    await browser?.close();
    await scene?.close();
});
afterEach(async () => {
    await page.context().close();
    expect(faults).toEqual([]);
});

async function open(address = '', options: BrowserContextOptions = {}, url = scene.url): Promise<void> {
    const context = await browser.newContext({ locale: 'en-US', viewport: DESKTOP, ...options });
    page = await context.newPage();
    page.setDefaultTimeout(LONGEST_WAIT_MS);
    faults = [];
    page.on('pageerror', ({ message, stack }) => void faults.push(stack ?? message));
    page.on('console', (line) => {
        if (/Content Security Policy/.test(line.text())) faults.push(line.text());
    });
    await page.goto(`${url}${address}`);
}

async function openIncident(incident: Incident, options: BrowserContextOptions = {}): Promise<void> {
    await open(`#/${incident.id}`, options);
    await page.locator('h1').getByText('on web-1').waitFor();
    await page.getByText('live', { exact: true }).waitFor();
}

/** The text of the focused element, or its name. */
async function focused(): Promise<string> {
    return page.evaluate(() => document.activeElement?.textContent?.trim() || document.activeElement?.tagName || '');
}

/** Presses Tab until the element with this text has the focus. */
async function tabTo(text: string): Promise<void> {
    for (let presses = 0; presses < 40; presses += 1) {
        if ((await focused()) === text) return;
        await page.keyboard.press('Tab');
    }
    throw new Error(`Tab never reached “${text}”; the focus is on “${await focused()}”`);
}

async function overflow(): Promise<number> {
    return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

const stageOf = async ({ id }: Incident): Promise<string> => (await scene.incidents.get(id)).incident.stage;

test('by keyboard alone: from the list to the incident, approve, confirm; the run and its proof then appear by themselves', async () => {
    const incident = await scene.waiting();
    await open();
    const row = page.locator(`a[href="#/${incident.id}"]`);
    await row.waitFor();
    await saveShot(page, 'list');
    for (
        let presses = 0;
        presses < 40 && !(await row.evaluate((link) => link === document.activeElement));
        presses += 1
    )
        await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Approve' }).waitFor();

    await tabTo('Approve');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await expect(dialog.textContent()).resolves.toContain(`Seal ${sealOf(incident).slice(0, 8)}`);
    expect(await focused()).toBe('Cancel');
    await saveShot(page, 'confirm');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText('Approved. The fix runs shortly.').waitFor();
    expect(await stageOf(incident)).toBe('approved');
    expect((await scene.incidents.get(incident.id)).incident.approval?.decisions[0]?.by).toEqual(OPERATOR);
    await page.getByRole('button', { name: 'Dismiss' }).click();

    await scene.running(incident.id);
    await scene.task({ host: 'web-1', task: 'Find rotated logs', status: 'ok' }, incident.id);
    await scene.task(
        { host: 'web-1', task: 'Delete rotated logs', status: 'changed', diff: '-/var/log/app.log.7.gz' },
        incident.id,
    );
    await page.locator('.progress').getByText('Delete rotated logs').waitFor();
    await saveShot(page, 'running');
    await scene.closed(incident.id);
    await page.getByText('The alert cleared because of the run.').waitFor();
    await page.getByText('chain verified').waitFor();
    await saveShot(page, 'closed');
    await page.getByText('Log of the run').click();
    await page.getByText('PLAY RECAP').waitFor();
});

test.each([
    ['en-US', 'chain verified', 'chain broken'],
    ['zh-CN', '链已校验', '链已断开'],
])(
    'in %s the timeline says that it is verified once it is anchored, and where it was broken',
    async (locale, verified, broken) => {
        const incident = await scene.waiting();
        await open(`#/${incident.id}`, { locale });
        const badge = page.locator('.timeline .badge').first();
        await scene.anchored();
        await page.locator('.timeline').getByText(verified).waitFor();
        await saveShot(page, `chain-verified-${locale}`);
        await scene.notAnchored(incident.id);
        await page
            .locator('.timeline')
            .getByText(/, 1 not anchored yet|1 条尚未锚定/)
            .waitFor();
        await saveShot(page, `chain-not-anchored-${locale}`);
        await scene.retold(incident.id, 'Nothing happened.');
        await page.reload();
        await page.locator('.timeline').getByText(broken).waitFor();
        await badge.scrollIntoViewIfNeeded();
        await saveShot(page, `chain-broken-${locale}`);
        await expect(page.locator('.timeline .refusal').textContent()).resolves.toMatch(
            /Entries 1 to \d+|第 1 至 \d+ 条/,
        );
    },
);

test('reject: the reason is asked for, outlives a live update while it is typed, and is kept', async () => {
    const incident = await scene.waiting();
    await openIncident(incident);
    await page.getByRole('button', { name: 'Reject' }).click();
    await page.getByLabel('Reason').fill('not during the sale');
    await scene.task({ host: 'web-1', task: 'unrelated', status: 'ok' }, incident.id);
    await page.locator('.timeline').getByText('web-1: unrelated: ok').waitFor();
    expect(await page.getByLabel('Reason').inputValue()).toBe('not during the sale');
    await page.getByRole('dialog').getByRole('button', { name: 'Reject' }).click();
    await page.getByText('Rejected. Nothing runs.').waitFor();
    const { incident: now } = await scene.incidents.get(incident.id);
    expect(now.stage).toBe('refused');
    expect(now.approval?.reason).toBe('not during the sale');
    await page.locator('.card').getByText('not during the sale').first().waitFor();
    expect(await page.getByRole('button', { name: 'Approve' }).count()).toBe(0);
});

test('by keyboard: what was refused while its alert fires is in the list with its reason, below what waits, and is diagnosed again', async () => {
    const waiting = await scene.waiting();
    const refused = await scene.ended('refused', 'The approval expired at 03:12 UTC.');
    await open();
    await page.locator(`a[href="#/${refused.id}"]`).getByText('The approval expired at 03:12 UTC.').waitFor();
    const order = await page
        .locator('.row a')
        .evaluateAll((links) => links.map((link) => link.getAttribute('href')?.slice(2)));
    expect(order.indexOf(waiting.id)).toBeLessThan(order.indexOf(refused.id));
    await saveShot(page, 'list-needs-person');
    await page.evaluate((id) => {
        location.hash = `#/${id}`;
    }, refused.id);
    await page.getByRole('button', { name: 'Diagnose again' }).waitFor();
    await saveShot(page, 'again');
    await tabTo('Diagnose again');
    await page.keyboard.press('Enter');
    await page.getByText('The incident goes through the flow again').waitFor();
    await page
        .locator('.timeline')
        .getByText('Demo operator (page:demo-operator) has it diagnosed again; it was refused.')
        .waitFor();
    await page.getByRole('button', { name: 'Diagnose again' }).waitFor({ state: 'detached' });
    expect(await stageOf(refused)).toBe('open');
});

test.each([
    ['light', 'en-US', 'Diagnose again'],
    ['dark', 'zh-CN', '重新诊断'],
] as const)(
    'in %s, %s, on a phone: the button to diagnose again is in sight, with enough contrast',
    async (colorScheme, locale, name) => {
        const failed = await scene.ended('failed', 'The playbook failed: TASK [Delete rotated logs] on web-1.');
        await open(`#/${failed.id}`, { colorScheme, locale, viewport: PHONE });
        const box = await page.getByRole('button', { name }).boundingBox();
        expect(box && box.y + box.height <= PHONE.height).toBe(true);
        expect(await overflow()).toBe(0);
        expect(await contrast('button.again')).toBeGreaterThanOrEqual(4.5);
        await saveShot(page, `again-phone-${colorScheme}`);
        await page.evaluate(() => {
            location.hash = '#/';
        });
        await page.locator('.row .why').first().waitFor();
        expect(await overflow()).toBe(0);
        expect(await contrast('.row .why')).toBeGreaterThanOrEqual(4.5);
        await saveShot(page, `again-phone-list-${colorScheme}`);
    },
);

test('with two stores each has its list, and a link from a chat finds its incident in whichever has it', async () => {
    const incident = await scene.waiting();
    await open();
    await page.locator(`a[href="#/${incident.id}"]`).waitFor();
    await page.getByLabel('Store').selectOption('second');
    await page.getByText('Nothing is open. All quiet.').waitFor();
    await page.evaluate((id) => {
        location.hash = `#/${id}`;
    }, incident.id);
    await page.getByRole('button', { name: 'Approve' }).waitFor();
    expect(await page.getByLabel('Store').inputValue()).toBe('main');
    await scene.task({ host: 'web-1', task: 'afterwards', status: 'ok' }, incident.id);
    await page.locator('.timeline').getByText('web-1: afterwards: ok').waitFor();
});

test('Escape leaves everything undecided', async () => {
    const incident = await scene.waiting();
    await openIncident(incident);
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.keyboard.press('Escape');
    expect(await focused()).toBe('Approve');
    expect(await stageOf(incident)).toBe('waiting');
});

test('a live update keeps the focus, what is unfolded, and how far a box is scrolled', async () => {
    const incident = await scene.waiting();
    await openIncident(incident);
    await page.getByText('All data').click();
    const raw = page.locator('details.more pre').last();
    await raw.evaluate((box) => box.scrollTo(0, 120));
    await page.getByRole('button', { name: 'Reject' }).focus();
    await scene.task({ host: 'web-1', task: 'something', status: 'ok' }, incident.id);
    await page.locator('.timeline').getByText('web-1: something: ok').waitFor();
    expect(await focused()).toBe('Reject');
    expect(await raw.evaluate((box) => box.scrollTop)).toBe(120);
    expect(await page.locator('main').getAttribute('aria-live')).toBeNull();
});

test('who comes second is told who decided', async () => {
    const incident = await scene.waiting();
    await openIncident(incident);
    await page.getByRole('button', { name: 'Approve' }).click();
    await decide(
        { incidents: scene.incidents, keys },
        { incidentId: incident.id, seal: sealOf(incident), verdict: 'reject', by: OPERATOR },
    );
    await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await page
        .getByRole('alert')
        .getByText(/already .*Demo operator/i)
        .waitFor();
    expect(await stageOf(incident)).toBe('refused');
});

test('an approval that has run out shows no buttons', async () => {
    const incident = await scene.waiting({}, { expirySeconds: 0 });
    await openIncident(incident);
    expect(await page.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    await expect(page.locator('.card .summary').textContent()).resolves.toContain('over');
});

test('who is not named by the policy sees why there are no buttons', async () => {
    const incident = await scene.waiting({ approvers: ['page:alice', 'slack:T1/U1'] });
    await openIncident(incident);
    await page.getByText('You cannot decide here.').waitFor();
    await expect(page.locator('.refused').textContent()).resolves.toContain('page:alice, slack:T1/U1');
    expect(await page.getByRole('button', { name: 'Approve' }).count()).toBe(0);
});

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
    test('an incident shows all of it, and its small print has enough contrast', async () => {
        const incident = await scene.waiting();
        await openIncident(incident, { colorScheme });
        await scene.anchored();
        for (const part of [
            'Likely cause',
            'Free space: 3.142 % (query: 100 * node_filesystem',
            'Dry run: what would change',
            'May approve: page:demo-operator',
            'chain verified',
        ]) {
            await page.getByText(part).first().waitFor();
        }
        expect(await contrast('.summary')).toBeGreaterThanOrEqual(4.5);
        expect(await contrast('pre .removed')).toBeGreaterThanOrEqual(4.5);
        expect(await contrast('button.primary')).toBeGreaterThanOrEqual(4.5);
        expect(await contrast('button.danger')).toBeGreaterThanOrEqual(4.5);
        await saveShot(page, `waiting-${colorScheme}`);
    });

    test('on a phone nothing is wider than the screen, and the buttons are in sight from the beginning to the end', async () => {
        const diff = Array.from({ length: 200 }, (_, line) => `-/var/log/${'x'.repeat(300)}.${line}`).join('\n');
        const incident = await scene.waiting(
            {},
            {
                plan: {
                    parameters: { path: `/var/${'y'.repeat(400)}` },
                    dryRun: {
                        tasks: [{ host: 'web-1', task: 'Delete', status: 'changed', diff }],
                        hosts: {},
                        digest: 'd'.repeat(64),
                        at: new Date().toISOString(),
                    },
                },
            },
        );
        await openIncident(incident, { colorScheme, viewport: PHONE });
        const isInSight = async (): Promise<boolean> => {
            const box = await page.getByRole('button', { name: 'Approve' }).boundingBox();
            return box !== null && box.y >= 0 && box.y + box.height <= PHONE.height;
        };
        expect(await overflow()).toBe(0);
        expect(await isInSight()).toBe(true);
        await saveShot(page, `phone-${colorScheme}`);
        await page.getByText('Show 189 more lines').click();
        await page.locator('.card footer').scrollIntoViewIfNeeded();
        expect(await overflow()).toBe(0);
        expect(await isInSight()).toBe(true);
        await page.getByRole('button', { name: 'Approve' }).click();
        await saveShot(page, `phone-confirm-${colorScheme}`);
        await page.keyboard.press('Escape');
        await page.getByText('All incidents').click();
        await page.locator('.row').first().waitFor();
        expect(await overflow()).toBe(0);
        await saveShot(page, `phone-list-${colorScheme}`);
    });
});

/** Contrast of the text to what is painted behind it, as WCAG counts it. */
async function contrast(selector: string): Promise<number> {
    return page
        .locator(selector)
        .first()
        .evaluate((node) => {
            const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
            const luminance = (colour: string): number => {
                if (!canvas) return 0;
                canvas.fillStyle = colour;
                canvas.fillRect(0, 0, 1, 1);
                const [r = 0, g = 0, b = 0] = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((value) => {
                    const part = value / 255;
                    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
                });
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const backgroundOf = (one: Element | null): string => {
                if (!one) return 'white';
                const { backgroundColor } = getComputedStyle(one);
                return /, 0\)$/.test(backgroundColor) ? backgroundOf(one.parentElement) : backgroundColor;
            };
            const [darker = 0, lighter = 0] = [
                luminance(getComputedStyle(node).color),
                luminance(backgroundOf(node)),
            ].sort((a, b) => a - b);
            return (lighter + 0.05) / (darker + 0.05);
        });
}

test('in Chinese for a Chinese browser; the choice of a language is kept', async () => {
    const incident = await scene.waiting();
    await open(`#/${incident.id}`, { locale: 'zh-CN' });
    await page.getByRole('button', { name: '批准' }).waitFor();
    await scene.anchored();
    await page.getByText('链已校验').waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('zh-CN');
    await saveShot(page, 'waiting-zh-CN');
    await page.getByLabel('语言').selectOption('en-US');
    await page.getByRole('button', { name: 'Approve' }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Approve' }).waitFor();
});

test('markup and scripts in labels, annotations, diffs, evidence and answers of people stay text', async () => {
    const evil = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>';
    const labels = { alertname: 'DiskFilling', host: 'web-1', evil, [evil]: 'name' };
    const incident = await scene.waiting(
        {},
        {
            incident: {
                labels,
                reason: evil,
                cluster: evil,
                team: evil,
                alerts: [
                    {
                        fingerprint: 'f'.repeat(16),
                        status: 'firing',
                        labels,
                        startsAt: new Date().toISOString(),
                        annotations: { summary: evil, runbook_url: 'javascript:document.title="owned"' },
                        generatorURL: 'data:text/html,<script>1</script>',
                    },
                ],
                diagnosis: {
                    verdict: 'proposal',
                    cause: evil,
                    confidence: 1,
                    citations: ['E1'],
                    at: new Date().toISOString(),
                    evidence: [
                        {
                            id: 'E1',
                            kind: 'promql',
                            title: evil,
                            query: evil,
                            result: evil,
                            at: new Date().toISOString(),
                        },
                    ],
                    source: { by: 'rules', milliseconds: 1, fallback: evil },
                },
            },
            plan: {
                dryRun: {
                    tasks: [{ host: 'web-1', task: evil, status: 'changed', diff: `+${evil}` }],
                    hosts: {},
                    digest: 'e'.repeat(64),
                    at: new Date().toISOString(),
                },
            },
        },
    );
    await scene.task({ host: 'web-1', task: evil, status: 'changed', diff: `-${evil}` }, incident.id);
    await openIncident(incident);
    for (const summary of await page.locator('details.more > summary').all()) await summary.click();
    await page.getByText(evil).first().waitFor();
    expect(await page.locator('main img, main script').count()).toBe(0);
    expect(await page.locator('main a[target=_blank]').count()).toBe(0);
    expect(await page.title()).not.toBe('owned');
    await page.getByText('All incidents').click();
    await page.locator('.row').getByText(evil).waitFor();
    expect(await page.locator('main img').count()).toBe(0);
});

test('who is logged in to the editor decides under that name, below httpAdminRoot too; who is not is sent to the login', async () => {
    const user = { username: 'alice', password: bcrypt.hashSync('only for tests', 4), permissions: '*' };
    const guarded = await PageScene.start({
        adminRoot: '/admin',
        settings: `adminAuth: { type: 'credentials', users: [${JSON.stringify(user)}] },`,
    });
    try {
        const incident = await guarded.waiting({ approvers: ['page:alice'] });
        await open('', {}, guarded.url.slice(0, -1));
        await page.getByText('First log in to the Node-RED editor').waitFor();
        await page.getByText('Open the editor').click();
        await page.locator('#node-dialog-login-username').fill('alice');
        await page.locator('#node-dialog-login-password').fill('only for tests');
        await page.locator('#node-dialog-login-submit').click();
        await page.locator('#red-ui-header-button-deploy').waitFor();
        await page.goto(`${guarded.url}#/${incident.id}`);
        await page.getByText('You decide as alice.').waitFor();
        await page.getByRole('button', { name: 'Approve' }).click();
        await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
        await page.getByText('Approved. The fix runs shortly.').waitFor();
        expect((await guarded.incidents.get(incident.id)).incident.approval?.decisions[0]?.by.id).toBe('alice');
        faults = faults.filter((fault) => !fault.includes('ResizeObserver') && !isNodeRedsOwn(fault));
    } finally {
        await guarded.close();
    }
});

test('while Node-RED is away the page keeps what it shows, and it is live again afterwards', async () => {
    const incident = await scene.waiting();
    await openIncident(incident);
    await scene.nodeRed.deploy(scene.flows);
    await page.getByText('live', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Approve' }).waitFor();
    await decide(
        { incidents: scene.incidents, keys },
        { incidentId: incident.id, seal: sealOf(incident), verdict: 'reject', by: OPERATOR },
    );
    await page.locator('.card .summary').getByText('not run').waitFor();
});

describe('a dry run that is longer than the incident holds', () => {
    const lines = Array.from(
        { length: 60_000 },
        (_, line) => `${line % 3 === 0 ? '-' : '+'}line ${line} <img src=x onerror=alert(1)> of a file`,
    );
    const whole = `# changed web-1: Write the list\n${lines.join('\n')}\n+${'long '.repeat(100_000)}end\n`;
    const dryRun = (digest: string): DryRun => ({
        tasks: [
            {
                host: 'web-1',
                task: 'Write the list',
                status: 'changed',
                diff: `${lines.slice(0, 400).join('\n')}\n… [cut, 3000000 more characters]`,
            },
        ],
        unseen: [
            {
                why: 'left-out',
                task: 'Rotate now',
                hosts: ['web-1'],
                action: 'shell',
                command: 'logrotate -f /etc/logrotate.conf',
                handlers: ['restart rsyslog'],
            },
            { why: 'may-run', task: 'Compress', hosts: ['web-1'], action: 'command' },
            { why: 'no-diff', task: 'Write the password', hosts: ['web-1'] },
        ],
        hosts: { 'web-1': { ok: 5, changed: 2, failed: 0, unreachable: 0, skipped: 2 } },
        digest: 'c'.repeat(64),
        at: new Date().toISOString(),
        preview: { digest, characters: whole.length, lines: 60_002, redacted: 2, cut: true },
    });

    test.each(['en-US', 'zh-CN'])(
        'is shown whole on demand, as text, with what it cannot show, while the page stays alive (%s)',
        async (locale) => {
            const incident = await scene.waiting({}, { preview: whole, plan: { dryRun: dryRun(sha256(whole)) } });
            await open(`#/${incident.id}`, { locale });
            const seen =
                locale === 'zh-CN'
                    ? ['无预览即执行：Rotate now', '60002 行', '已隐去 2 处']
                    : ['Runs without preview: Rotate now', '60002 lines', '2 × [redacted]'];
            for (const text of seen) await page.getByText(text).first().waitFor();
            await saveShot(page, `whole-dry-run-folded-${locale}`);
            await page.locator('details[data-key^=whole] summary').click();
            await page.locator('.whole').getByText('line 59999 <img').waitFor({ state: 'attached' });
            await page.waitForFunction(() => document.querySelector('.whole')?.textContent?.trim().endsWith('end'));
            const shown = await page
                .locator('.whole')
                .evaluate((box) => (box.textContent ?? '').replaceAll('↪ ', '').replaceAll('\n', '').length);
            expect(shown).toBe(whole.replaceAll('\n', '').length);
            expect(await page.locator('.whole img').count()).toBe(0);
            await page.locator('.whole').evaluate((box) => box.scrollTo(0, box.scrollHeight));
            await page.evaluate(() => new Promise(requestAnimationFrame));
        },
    );

    test('is not shown when it is not what was sealed', async () => {
        const incident = await scene.waiting({}, { preview: `${whole}+more`, plan: { dryRun: dryRun(sha256(whole)) } });
        await openIncident(incident);
        await page.locator('details[data-key^=whole] summary').click();
        await page.getByText('The kept dry run is not the one that was sealed.').waitFor();
    });
});
