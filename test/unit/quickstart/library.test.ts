import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { copyLibrary } from '../../../flows/quickstart/library';
import { ROOT } from '../../support/package';

test('an editor finds the schema from each copied runbook', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'quickstart-library-'));
    try {
        copyLibrary(ROOT, path.join(folder, 'library'));
        const runbooks = path.join(folder, 'library', 'runbooks');
        const schemas = readdirSync(runbooks).map(
            (name) =>
                /^# yaml-language-server: \$schema=(.+)$/m.exec(readFileSync(path.join(runbooks, name), 'utf8'))?.[1] ??
                '',
        );
        expect(schemas.length).toBeGreaterThan(0);
        for (const schema of schemas)
            expect(`${schema}: ${existsSync(path.resolve(runbooks, schema))}`).toBe(`${schema}: true`);
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
});
