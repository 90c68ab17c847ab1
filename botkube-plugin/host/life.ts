import { hostLog } from './log';

const LOOK_FOR_HOST_MS = 500;
const ANSWER_SHUTDOWN_MS = 20;

/** When the process ends, and when it does not. */
export interface Life {
    /** From now on nothing that goes wrong in the process ends it. */
    serving(): void;
    /** Ends the process as soon as the answer to the host's Shutdown is on its way. */
    endSoon(): void;
}

/**
 * Ends the process when the host dies or asks for it, runs `cleanUp` at every exit, and ignores Ctrl+C, which a
 * terminal sends to host and plugin alike. A fault that nobody caught ends it only before it serves.
 */
export function takeCareOfLife(cleanUp: () => void): Life {
    const host = process.ppid;
    let serves = false;
    const onFault = (kind: string) => (fault: unknown) => {
        hostLog('error', fault, { kind });
        if (!serves) process.exit(1);
    };
    process.on('uncaughtException', onFault('uncaught exception'));
    process.on('unhandledRejection', onFault('unhandled rejection'));
    process.on('exit', cleanUp);
    process.on('SIGINT', () => undefined);
    process.on('SIGTERM', () => process.exit(0));
    process.on('SIGHUP', () => process.exit(0));
    setInterval(() => {
        if (process.ppid !== host) process.exit(0);
    }, LOOK_FOR_HOST_MS);
    return {
        serving: () => {
            serves = true;
        },
        endSoon: () => void setTimeout(() => process.exit(0), ANSWER_SHUTDOWN_MS),
    };
}
