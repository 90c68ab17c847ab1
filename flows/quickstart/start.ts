/** `npm start`: everything on this machine, with the quickstart's flow deployed, until Ctrl-C. */
import { createWriteStream, mkdirSync } from 'node:fs';
import path from 'node:path';
import { parsePort } from '../../nodes/core/text/tcp-port';
import { aborted, interruption } from './interruption';
import { type Stack, startStack } from './stack';

const root = path.resolve(__dirname, '../../..');
const folder = path.join(root, '.quickstart');
const logs = path.join(folder, 'logs');

function nextSteps(stack: Stack, wantedPort: number): string {
    const { model, port } = stack;
    const source = 'vendor' in model ? `${model.vendor} (${model.model})` : `the rule engine${model.reason}`;
    const otherPort = port === wantedPort ? '' : `\n  Port ${wantedPort} is not available; using ${port}.\n`;
    return `
  alert to fix is running.
${otherPort}
    Editor          ${stack.editorUrl}
    Incident page   ${stack.pageUrl}

    Diagnosis by    ${source}
    Logs            ${logs}

  Break the print shop, then look at the incident page:

    curl -X POST ${stack.serviceUrl}/break/spool     # its disk quota fills up
    curl -X POST ${stack.serviceUrl}/break/worker    # its worker dies
    curl -X POST ${stack.serviceUrl}/repair          # all is well again, and a fix that waits is withdrawn

  Ctrl-C stops everything.
`;
}

async function main(signal: AbortSignal): Promise<void> {
    const wantedPort = parsePort('PORT', process.env.PORT || '1880');
    mkdirSync(logs, { recursive: true, mode: 0o700 });
    const files = new Map<string, ReturnType<typeof createWriteStream>>();
    const onLine = (name: string, line: string): void => {
        const file = files.get(name) ?? createWriteStream(path.join(logs, `${name}.log`), { mode: 0o600 });
        files.set(name, file);
        file.write(`${line}\n`);
    };
    const stack = await startStack({
        root,
        folder,
        port: wantedPort,
        nodeRedPackage: process.env.NODE_RED_PACKAGE,
        signal,
        onLine,
    });
    console.log(nextSteps(stack, wantedPort));
    await Promise.race([aborted(signal), stack.ended]).finally(() => stack.stop());
}

const interrupted = interruption();
main(interrupted).catch((error: unknown) => {
    // A terminal interrupts all programs at once: one of them may have ended first.
    if (interrupted.aborted) process.exit(0);
    console.error(`${error instanceof Error ? error.message : String(error)}\nLogs: ${logs}`);
    process.exit(1);
});
