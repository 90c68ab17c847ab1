import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const ARGUMENTS = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
];

/** Starts Chromium from the PATH, without a window; it ends with `close()`. */
export async function startBrowser(): Promise<Browser> {
    const folders = (process.env.PATH ?? '').split(path.delimiter);
    const executablePath = folders.map((folder) => path.join(folder, 'chromium')).find((file) => existsSync(file));
    if (executablePath === undefined) throw new Error('chromium is not on the PATH');
    return chromium.launch({ executablePath, headless: true, args: ARGUMENTS, timeout: 120_000 });
}
