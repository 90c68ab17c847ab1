/** The words on a command line are not understood; the message tells which, and the usage. */
export class UsageError extends Error {}

/** Was the usage asked for? */
export function wantsHelp(args: readonly string[]): boolean {
    return args.includes('--help') || args.includes('-h');
}
