/**
 * A person as a platform attests them. Never built from message text.
 * `page`: user name of Node-RED's admin authentication. `slack`: team id and user id.
 * `policy`: a named rule of an approval gate that approved by itself.
 */
export interface Identity {
    platform: 'page' | 'slack' | 'feishu' | 'wecom' | 'mattermost' | 'botkube' | 'policy';
    /** Stable id on that platform, e.g. `alice` or `T012/U345`. */
    id: string;
    /** For display only. */
    name?: string;
}

/** The written form used in policies, timelines and logs, e.g. `slack:T012/U345`. */
export function identityText(identity: Identity): string {
    return `${identity.platform}:${identity.id}`;
}
