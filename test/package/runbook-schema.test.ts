import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { parse } from 'yaml';
import { runbookJsonSchema } from '../../nodes/core/runbook/json-schema';
import { GOOD_RUNBOOK } from '../support/runbook-text';

const published: object = JSON.parse(readFileSync(join(__dirname, '../../docs/runbook.schema.json'), 'utf8'));

test('the published JSON Schema is up to date (npm run schema)', () => {
    expect(published).toEqual(JSON.parse(JSON.stringify(runbookJsonSchema())));
});

test('it accepts a good runbook and refuses a misspelt key', () => {
    const accepts = new Ajv({ strict: true, allowUnionTypes: true }).compile(published);
    const runbook: object = parse(GOOD_RUNBOOK);
    expect(accepts(runbook)).toBe(true);
    expect(accepts({ ...runbook, titel: 'x' })).toBe(false);
});
