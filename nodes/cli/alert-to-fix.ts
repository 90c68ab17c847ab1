#!/usr/bin/env node
import './node-version';
import { main } from './main';

void main(process.argv.slice(2)).then((code) => {
    process.exitCode = code;
});
