import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';

/**
 * Saves the visible part and the whole of a page as PNGs in the folder that the environment variable SCREENSHOTS names;
 * nothing without it.
 */
export async function saveShot(page: Page, name: string): Promise<void> {
    const folder = process.env.SCREENSHOTS;
    if (!folder) return;
    mkdirSync(folder, { recursive: true });
    await page.screenshot({ path: path.join(folder, `${name}.png`) });
    await page.screenshot({ path: path.join(folder, `${name}-whole.png`), fullPage: true });
}
