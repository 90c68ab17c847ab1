// Lets a plain Node.js process of a test load our TypeScript: `node --require <this file> <script>.ts`.
'use strict';
const { readFileSync } = require('node:fs');
const { Module } = require('node:module');
const ts = require('typescript');

const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023, esModuleInterop: true };

Module._extensions['.ts'] = (module, filename) => {
    const { outputText } = ts.transpileModule(readFileSync(filename, 'utf8'), { compilerOptions, fileName: filename });
    module._compile(outputText, filename);
};
