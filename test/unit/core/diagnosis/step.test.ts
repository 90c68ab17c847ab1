import { z } from 'zod';
import { isModelTool } from '../../../../nodes/core/diagnosis/evidence-tool';
import { parseModelJson, strictJsonSchema } from '../../../../nodes/core/diagnosis/model-json';
import { modelStep } from '../../../../nodes/core/diagnosis/step';
import { evidenceTools } from '../../../../nodes/core/diagnosis/tools';
import { alertsOf, DISK_RUNBOOK, metricsOf } from '../../../support/diagnosis';

const tools = evidenceTools({
    runbooks: [DISK_RUNBOOK],
    metrics: metricsOf(1),
    alerts: alertsOf([]),
    pastIncidents: async () => [],
}).filter(isModelTool);

test('an input without members is a strict schema, too', () => {
    expect(strictJsonSchema(z.object({}))).toEqual({
        type: 'object',
        properties: {},
        required: [],
        additionalProperties: false,
    });
});

const turn = (tool: unknown): string => JSON.stringify({ tool, answer: null });

test('the schema of a turn has a branch for each tool, and only what strict JSON output takes', () => {
    const schema = strictJsonSchema(modelStep(tools));
    const text = JSON.stringify(schema);
    for (const { name } of tools) expect(text).toContain(`"enum":["${name}"]`);
    expect(text).not.toMatch(/"(?:oneOf|allOf|const|pattern|minLength|maxLength|minimum|maximum|\$ref)"/);
    for (const one of objectsIn(schema)) {
        expect(one.additionalProperties).toBe(false);
        expect(one.required).toEqual(Object.keys(one.properties ?? {}));
    }
});

test('a call fits only the input of its own tool', () => {
    const step = modelStep(tools);
    expect(parseModelJson(turn({ name: 'promql', input: { query: 'up', extra: 1 } }), step).tool).toEqual({
        name: 'promql',
        input: { query: 'up' },
    });
    expect(() => parseModelJson(turn({ name: 'promql', input: { id: 'up' } }), step)).toThrow('does not fit');
    expect(() => parseModelJson(turn({ name: 'check', input: {} }), step)).toThrow('does not fit');
});

test('without tools the only turn is an answer', () => {
    const step = modelStep([]);
    expect(parseModelJson(turn(null), step).tool).toBeNull();
    expect(() => parseModelJson(turn({ name: 'promql', input: { query: 'up' } }), step)).toThrow('does not fit');
});

interface ObjectSchema {
    additionalProperties?: unknown;
    required?: unknown;
    properties?: object;
}

/** All object schemas inside a JSON Schema. */
function objectsIn(schema: unknown): ObjectSchema[] {
    if (typeof schema !== 'object' || schema === null) return [];
    const inner = Object.values(schema).flatMap(objectsIn);
    return 'type' in schema && schema.type === 'object' ? [schema as ObjectSchema, ...inner] : inner;
}
