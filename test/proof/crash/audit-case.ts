import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../support/package';
import type { Case } from '../matrix';

/** How `alert-to-fix audit` reaches the store of a scene. */
export interface AuditedStore {
    where: string[];
    env?: NodeJS.ProcessEnv;
}

/** How cases begin that look at what all others of their group have left. */
export const AT_THE_END = 'at the end: ';

/** After all that died, the command finds every timeline and the anchors across them whole. */
export function auditCase({ where, env }: AuditedStore): Case {
    const command = path.join(process.env.PACKAGE_FOLDER ?? ROOT, 'dist/nodes/cli/alert-to-fix.js');
    return {
        name: `${AT_THE_END}alert-to-fix audit verify`,
        expected: 'the chain is whole',
        run: () =>
            promisify(execFile)(process.execPath, [command, 'audit', 'verify', ...where], {
                env: { ...process.env, ...env },
            }).then(
                () => ({ ok: true, happened: 'the chain is whole' }),
                ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
                    ok: false,
                    happened: `exit code ${code}: ${stdout}${stderr}`,
                }),
            ),
    };
}
