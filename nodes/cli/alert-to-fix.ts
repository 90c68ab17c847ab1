#!/usr/bin/env node
import './node-version';
import { isPipeClosed } from './exit';
import { main } from './main';

process.stdout.on('error', (error) => {
    if (!isPipeClosed(error)) throw error;
});

void main(process.argv.slice(2)).then((code) => {
    process.exitCode = code;
});
