import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { version } from '../../package.json';
import { exportLines } from '../core/audit/export';
import { verifyAudit } from '../core/audit/verify';
import { FixError } from '../core/errors';
import { auditArguments } from './audit-arguments';
import { auditKeys, KEYS_VARIABLE } from './audit-keys';
import { auditReport } from './audit-report';
import { openSource, PASSWORD_VARIABLE } from './audit-source';
import { EXIT, isPipeClosed } from './exit';

const AUDIT_HELP = `Usage: alert-to-fix audit verify <where> [--key-file <file>] [--expect <anchor>] [--max-age <time>] [--json]
       alert-to-fix audit export <where> > file.jsonl

Checks that no timeline of a store was changed, cut or deleted since it was written, or writes
all timelines and anchors as JSON Lines. Reads only; Node-RED may go on running.

Where
  --store <folder>      the folder of an embedded incident store
  --redis <address>     redis://[user@]host[:port][/db], or rediss:// for TLS; the password may
                        stand in the environment variable ${PASSWORD_VARIABLE}
    --namespace <name>  what the keys begin with; default a2f
    --cluster           the address is that of a node of a Redis Cluster
  --file <file>         an export (verify only)

Options of verify
  --key-file <file>     signing.key of the store, or its signing keys, one per line; may be
                        given several times. Without it: the environment variable
                        ${KEYS_VARIABLE}, then signing.key in the folder
                        of the store. Without any the chain is checked, signatures are not.
  --expect <anchor>     the newest anchor as an earlier audit printed it: it must still be there
  --max-age <time>      a timeline that no anchor has named for longer, such as 30m or 2h, is a broken link
  --json                the result as one JSON object

Exit codes: 0 the chain is whole, 1 a link is broken, 2 it could not be checked.
docs/audit.md explains what this proves, what it does not prove, and the format of an export.
`;

/** `alert-to-fix audit …`; answers the exit code. Rejects with a `FixError` when it cannot be done. */
export async function audit([command, ...args]: readonly string[]): Promise<number> {
    if (command === '--help' || command === '-h' || args.includes('--help') || args.includes('-h')) {
        process.stdout.write(AUDIT_HELP);
        return EXIT.fine;
    }
    if (command === 'verify') return verify(args);
    if (command === 'export') return exportAll(args);
    throw new FixError(
        'INPUT_INVALID',
        command === undefined ? 'What shall be done is missing.' : `There is no "audit ${command}".`,
        {
            field: '--help',
            cure: 'Use audit verify or audit export.',
        },
    );
}

async function verify(args: readonly string[]): Promise<number> {
    const given = auditArguments(args, 'verify');
    const { expect, maxAge } = given;
    const keys = auditKeys(given);
    const { source, close } = await openSource(given.place);
    try {
        const result = await verifyAudit(source, {
            ...(keys ? { keys } : {}),
            ...(expect ? { expect } : {}),
            ...(maxAge === undefined ? {} : { maxAge }),
        });
        process.stdout.write(`${given.json ? JSON.stringify(result) : auditReport(result)}\n`);
        return result.broken === 0 ? EXIT.fine : EXIT.broken;
    } finally {
        await close();
    }
}

async function exportAll(args: readonly string[]): Promise<number> {
    const { source, close } = await openSource(auditArguments(args, 'export').place);
    const lines = async function* (): AsyncIterable<string> {
        for await (const line of exportLines(source, { at: new Date(), by: `alert-to-fix ${version}` }))
            yield `${line}\n`;
    };
    try {
        await pipeline(Readable.from(lines()), process.stdout, { end: false });
        return EXIT.fine;
    } catch (thrown) {
        if (isPipeClosed(thrown)) return EXIT.pipeClosed;
        throw thrown;
    } finally {
        await close();
    }
}
