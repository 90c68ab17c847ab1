import type { Card } from './card';

/** What stands before a card's title where a platform has no colours for it. */
export const TONE_ICONS: Record<Card['tone'], string> = {
    firing: '🔥',
    waiting: '✋',
    running: '⚙️',
    good: '✅',
    bad: '❌',
    neutral: 'ℹ️',
};
