/**
 * What a command ends with: all is well, something is wrong with what was looked at, or it could not be looked at;
 * `pipeClosed`, as
 * shells have it for SIGPIPE: whoever read the output wanted no more of it.
 */
export const EXIT = { fine: 0, broken: 1, failed: 2, pipeClosed: 141 } as const;

/** Did a write fail because nobody reads any more, as with `| head`? */
export function isPipeClosed(thrown: unknown): boolean {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPIPE';
}
