/** Waits so many milliseconds, or until one of the signals is aborted. */
export function pause(milliseconds: number, ...signals: AbortSignal[]): Promise<void> {
    const any = AbortSignal.any(signals);
    if (any.aborted) return Promise.resolve();
    return new Promise((resolve) => {
        const end = (): void => {
            clearTimeout(timer);
            any.removeEventListener('abort', end);
            resolve();
        };
        const timer = setTimeout(end, milliseconds);
        any.addEventListener('abort', end);
    });
}
