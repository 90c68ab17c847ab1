import type { Reply } from '../../message/reply';
import { VERB_NAMES, VERBS } from '../verbs';

/** All commands, and buttons for those that need no words. */
export function helpReply(): Reply {
    return {
        sections: [
            {
                title: 'fix: from alert to a checked fix',
                text: 'Finds the cause of an alert, shows the exact fix, and lets the right person approve it.',
                items: VERB_NAMES.map(
                    (verb) => `${`fix ${verb} ${VERBS[verb].usage}`.trim()} · ${VERBS[verb].summary}`,
                ),
                buttons: [
                    { label: 'Alerts', command: 'fix alerts', style: 'primary' },
                    { label: 'Incidents', command: 'fix incidents' },
                    { label: 'Status', command: 'fix status' },
                ],
                notes: ['Put free text in straight double quotes.'],
            },
        ],
    };
}
