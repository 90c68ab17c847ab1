import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import {
    dialogVendors,
    MODEL_VENDORS,
    modelLoader,
    offeredModel,
    vendorFields,
    vendorOf,
} from '../../../nodes/adapters/models';
import { openAiCompatible } from '../../../nodes/adapters/openai/vendor';
import type { ModelVendor } from '../../../nodes/core/diagnosis/model-vendor';
import { OpenAiStandIn } from '../../support/openai-stand-in';
import { ROOT } from '../../support/package';

const COMMON = { url: 'http://127.0.0.1:1/v1', apiKey: '', model: 'm', timeoutMs: 5_000, retries: 0 };

/** Loads nothing: only for checks that come before. */
const aVendor = (changes: Partial<ModelVendor>): ModelVendor => ({ ...vendorOf('openai'), ...changes });

describe.each(MODEL_VENDORS.map((vendor) => [vendor.id, vendor] as const))('%s', (id, vendor) => {
    test('makes its model from the defaults of its fields, and the model names the vendor', () => {
        expect(modelLoader(vendor, { ...COMMON, apiKey: 'key' }, {})()).toMatchObject({ vendor: id, model: 'm' });
    });

    test('has texts in both languages, and a default in each field that the field itself accepts', () => {
        const texts = [vendor.label, ...Object.values(vendor.fields).flatMap(({ label, cure }) => [label, cure])];
        for (const text of texts) expect(Object.values(text).map(Boolean)).toEqual([true, true]);
        for (const { schema } of Object.values(vendor.fields)) expect(schema.safeParse(undefined).success).toBe(true);
    });
});

test('ids are unique, and a field that several vendors have is the same field', () => {
    expect(new Set(MODEL_VENDORS.map(({ id }) => id)).size).toBe(MODEL_VENDORS.length);
    const all = vendorFields();
    for (const { fields } of MODEL_VENDORS)
        for (const [name, field] of Object.entries(fields)) expect(field).toBe(all[name]);
});

test('no file but a vendor, the registry and its own adapter names a vendor of the registry', () => {
    const files = [
        'nodes/llm-provider/llm-provider.ts',
        'nodes/llm-provider/llm-provider.html',
        'botkube-plugin/executor/config.ts',
        'botkube-plugin/executor/parts.ts',
        'botkube-plugin/package/bundle.ts',
        'flows/quickstart/model.ts',
    ];
    for (const file of files) {
        const source = readFileSync(path.join(ROOT, file), 'utf8').toLowerCase();
        for (const { id } of MODEL_VENDORS) expect([file, source.includes(id)]).toEqual([file, false]);
    }
});

test('an unknown vendor is refused with those that there are', () => {
    expect(() => vendorOf('unknown')).toThrow(
        expect.objectContaining({
            code: 'CONFIG_INVALID',
            field: 'vendor',
            cure: `Choose one of: ${MODEL_VENDORS.map(({ id }) => id).join(', ')}.`,
        }),
    );
});

describe('own fields', () => {
    const size = {
        schema: z.number().int().min(1).max(10).default(5),
        label: { 'en-US': 'Size', 'zh-CN': '大小' },
        cure: { 'en-US': 'Enter a size from 1 to 10.', 'zh-CN': '请输入 1 到 10。' },
    };
    const load = jest.fn();
    const vendor = aVendor({ fields: { size }, load });

    test.each([
        [{}, 5],
        [{ size: 7 }, 7],
        [{ size: '7' }, 7],
        [{ size: ' 7 ' }, 7],
    ])('%j is taken', (written, expected) => {
        modelLoader(vendor, COMMON, written)();
        expect(load).toHaveBeenLastCalledWith({ ...COMMON, vendor: 'openai', size: expected });
    });

    test.each([
        [{ size: 11 }, 'wrong'],
        [{ size: '1.5' }, 'wrong'],
        [{ size: 'many' }, 'wrong'],
        [{ size: null }, 'wrong'],
        [{ size: ' ' }, 'empty'],
    ])('%j is refused with the field and the cure, before anything is loaded', (written, what) => {
        load.mockClear();
        expect(() => modelLoader(vendor, COMMON, written)).toThrow(
            expect.objectContaining({
                code: 'CONFIG_INVALID',
                message: `The field size is ${what}.`,
                field: 'size',
                cure: 'Enter a size from 1 to 10.',
            }),
        );
        expect(load).not.toHaveBeenCalled();
    });
});

test.each([
    ['required', 'http://127.0.0.1:1/v1', true],
    ['at-own-url', 'http://127.0.0.1:1/v1', false],
    ['at-own-url', 'https://api.openai.com/v1/', true],
    ['optional', 'https://api.openai.com/v1', false],
] as const)('a key that is %s is missed at %s: %s', (key, url, missed) => {
    const make = () => modelLoader(aVendor({ key }), { ...COMMON, url }, {});
    if (missed) expect(make).toThrow(expect.objectContaining({ field: 'apiKey', code: 'CONFIG_INVALID' }));
    else expect(make).not.toThrow();
});

describe('a vendor of two lines', () => {
    const label = { 'en-US': 'Example AI', 'zh-CN': '示例' };
    const example = openAiCompatible({
        id: 'example',
        label,
        url: 'https://llm.example.org/v1',
        exampleModel: 'ex-1',
        keyVariable: 'EXAMPLE_API_KEY',
    });
    const vendors = [...MODEL_VENDORS, example];

    test('is found, needs its key at its own address only, and answers', async () => {
        const server = new OpenAiStandIn();
        const url = await server.start();
        try {
            const vendor = vendorOf('example', vendors);
            expect(() => modelLoader(vendor, { ...COMMON, url: vendor.url }, {})).toThrow(
                expect.objectContaining({ cure: expect.stringContaining('${EXAMPLE_API_KEY}') }),
            );
            const model = modelLoader(vendor, { ...COMMON, url }, {})();
            server.willAnswer({ json: { colour: 'red' } });
            const answer = await model.answer({
                messages: [{ role: 'user', content: 'Which colour?' }],
                schemaName: 'colour',
                schema: z.object({ colour: z.string() }),
                maxOutputTokens: 100,
                signal: new AbortController().signal,
            });
            expect([model.vendor, answer.value]).toEqual(['example', { colour: 'red' }]);
        } finally {
            await server.stop();
        }
    });

    test('stands in the dialog, as plain JSON', () => {
        const shown = dialogVendors(vendors);
        expect(JSON.parse(JSON.stringify(shown))).toEqual(shown);
        expect(shown.at(-1)).toEqual({
            id: 'example',
            label,
            url: 'https://llm.example.org/v1',
            exampleModel: 'ex-1',
            key: 'at-own-url',
            keyVariable: 'EXAMPLE_API_KEY',
            fields: [],
        });
    });

    test('is offered by the environment', async () => {
        expect(await offeredModel({ EXAMPLE_API_KEY: 'k' }, vendors)).toEqual({
            vendor: 'example',
            model: 'ex-1',
            url: '',
            apiKey: 'k',
        });
        expect(await offeredModel({ EXAMPLE_API_KEY: 'k', EXAMPLE_MODEL: 'ex-2' }, vendors)).toMatchObject({
            model: 'ex-2',
        });
        expect(await offeredModel({}, vendors)).toEqual({ reason: expect.stringContaining('or EXAMPLE_API_KEY') });
    });
});

test('the dialog knows the range and the default of a number, and the pattern of a text', () => {
    const fields = dialogVendors().flatMap((vendor) => vendor.fields);
    expect(fields.find(({ name }) => name === 'numCtx')?.schema).toEqual({
        type: 'integer',
        minimum: 1_024,
        maximum: 2_000_000,
        default: 16_384,
    });
    const { schema } = fields.find(({ name }) => name === 'keepAlive') ?? {};
    for (const good of ['10m', '-1', '1h30m', '1.5h', '-1m', '0'])
        expect(good).toMatch(new RegExp(schema?.pattern ?? '^$'));
    for (const bad of ['', 'soon', '10 m', '10d', 'm']) expect(bad).not.toMatch(new RegExp(schema?.pattern ?? ''));
});
