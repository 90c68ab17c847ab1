/** `npm start`: everything on this machine, with the quickstart's flow deployed, until Ctrl-C. */
import { createWriteStream, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { parsePort } from '../../nodes/core/port';
import { startStack, type Stack } from './stack';

const root = path.resolve(__dirname, '../../..');
const folder = path.join(root, '.quickstart');

function nextSteps(stack: Stack, wantedPort: number): string {
    const { model, port } = stack;
    const source = 'vendor' in model ? `${model.vendor} (${model.model})` : `the rule engine${model.reason}`;
    const otherPort = port === wantedPort ? '' : `\n  Port ${wantedPort} is taken; using ${port}.\n`;
    return `
  alert to fix is running.
${otherPort}
    Editor          ${stack.editorUrl}
    Incident page   ${stack.pageUrl}

    Diagnosis by    ${source}
    Logs            ${path.join(folder, 'logs')}

  Break the print shop, then look at the incident page:

    curl -X POST ${stack.serviceUrl}/break/spool     # its disk quota fills up
    curl -X POST ${stack.serviceUrl}/break/worker    # its worker dies
    curl -X POST ${stack.serviceUrl}/repair          # all is well again, and a fix that waits is withdrawn

  Ctrl-C stops everything.
`;
}

async function main(): Promise<void> {
    const wantedPort = parsePort('PORT', process.env.PORT || '1880');
    const logs = path.join(folder, 'logs');
    mkdirSync(logs, { recursive: true });
    const files = new Map<string, ReturnType<typeof createWriteStream>>();
    const onLine = (name: string, line: string): void => {
        const file = files.get(name) ?? createWriteStream(path.join(logs, `${name}.log`));
        files.set(name, file);
        file.write(`${line}\n`);
    };
    const stack = await startStack({ root, folder, port: wantedPort, onLine });
    let isInterrupted = false;
    const interrupted = new Promise<void>((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => { isInterrupted = true; resolve(); });
    });
    console.log(nextSteps(stack, wantedPort));
    const ended = await Promise.race([interrupted, stack.ended]);
    await stack.stop();
    // A terminal interrupts all programs at once: one of them may have ended first.
    if (isInterrupted || !ended) process.exit(0);
    const log = path.join(logs, `${ended.name}.log`);
    console.error(`${ended.name} ended by itself (${ended.how})${existsSync(log) ? `, see ${log}` : ''}.`);
    process.exit(1);
}

main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
});
