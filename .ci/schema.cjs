#!/usr/bin/env node
// Writes docs/runbook.schema.json from the schema in nodes/core/runbook/schema.ts.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const ts = require('typescript');

const root = path.resolve(__dirname, '..');
const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023, esModuleInterop: true };
require.extensions['.ts'] = (module, file) =>
    module._compile(ts.transpileModule(fs.readFileSync(file, 'utf8'), { compilerOptions }).outputText, file);

const { runbookJsonSchema } = require(path.join(root, 'nodes/core/runbook/json-schema.ts'));
fs.writeFileSync(path.join(root, 'docs/runbook.schema.json'), `${JSON.stringify(runbookJsonSchema(), null, 2)}\n`);
