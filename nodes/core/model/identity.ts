import type { PlatformName } from './platforms';

/**
 * A person as a platform attests them. Never built from message text.
 * `page`: user name of Node-RED's admin authentication. `slack`: team id and user id; for the others see
 * {@link file://./platforms.ts}. `policy`: a named rule of an approval gate that approved by itself.
 */
export interface Identity {
    platform: PlatformName | 'policy';
    /** Stable id on that platform, e.g. `alice` or `T012/U345`. */
    id: string;
    /** For display only. */
    name?: string;
}

/** The written form used in policies, timelines and logs, e.g. `slack:T012/U345`. */
export function identityText(identity: Identity): string {
    return `${identity.platform}:${identity.id}`;
}
