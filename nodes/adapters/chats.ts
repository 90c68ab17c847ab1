import { pagePlatform } from '../core/chat/page-platform';
import type { ChatPlatform } from '../core/chat/platform';
import { slackPlatform } from './slack/platform';

/** Every chat platform that cards can go to: a new one is a folder beside this file and a line here. */
export const CHATS: Readonly<Record<string, ChatPlatform>> = {
    page: pagePlatform,
    slack: slackPlatform,
};

/** What the editor must know of the platforms: plain data, for its dialog. */
export type ChatDeclaration = Omit<ChatPlatform, 'make'>;

/** The declarations in the order of the dialog. */
export function chatDeclarations(platforms: readonly ChatPlatform[] = Object.values(CHATS)): ChatDeclaration[] {
    return platforms.map(({ make: _make, ...declaration }) => declaration);
}

/** The names of all secrets of all platforms: what Node-RED keeps encrypted. */
export function chatSecrets(platforms: readonly ChatPlatform[] = Object.values(CHATS)): string[] {
    const secrets = platforms.flatMap(({ fields }) => fields.filter(({ secret }) => secret));
    return [...new Set(secrets.map(({ name }) => name))];
}
