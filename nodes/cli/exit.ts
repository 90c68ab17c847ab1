/** What a command ends with: all is well, something is wrong with what was looked at, or it could not be looked at. */
export const EXIT = { fine: 0, broken: 1, failed: 2 } as const;
