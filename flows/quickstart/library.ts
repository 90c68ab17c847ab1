import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Copies the runbooks and playbooks of the project at `root` to `library`, once, so that they can be edited there. */
export function copyLibrary(root: string, library: string): void {
    if (existsSync(library)) return;
    cpSync(path.join(root, 'flows', 'quickstart', 'library'), library, { recursive: true });
    const runbooks = path.join(library, 'runbooks');
    const schema = path.relative(runbooks, path.join(root, 'docs', 'runbook.schema.json'));
    for (const name of readdirSync(runbooks)) pointToSchema(path.join(runbooks, name), schema);
}

/** Editors look for the schema relative to the runbook: see yaml-language-server, "Using inlined schema". */
function pointToSchema(runbook: string, schema: string): void {
    const text = readFileSync(runbook, 'utf8');
    writeFileSync(
        runbook,
        text.replace(/^(# yaml-language-server: \$schema=).*$/m, (_line, start: string) => start + schema),
    );
}
