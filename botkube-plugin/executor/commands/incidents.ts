import { cardTitle } from '../../../nodes/core/chat/alert-section';
import { textsOf } from '../../../nodes/core/chat/texts';
import { FixError } from '../../../nodes/core/errors';
import { STAGES, type Stage } from '../../../nodes/core/model/stage';
import { clip } from '../../../nodes/core/text/cut';
import type { Command } from '../call';
import { nearest } from '../nearest';
import type { Parts } from '../parts';

const MOST_LISTED = 15;

/** The newest incidents, of one stage or of all. */
export const incidents: Command<Parts> = async ({ flags }, parts) => {
    const { store } = await parts.incidents();
    const stage = stageOf(flags.get('stage'));
    const texts = textsOf(parts.config.language);
    const listed = await store.list({ limit: MOST_LISTED, ...(stage ? { stages: [stage] } : {}) });
    if (listed.length === 0)
        return { sections: [{ text: stage ? `No incident is ${stage}.` : 'There are no incidents.' }] };
    const told = listed.map(({ incident }) => ({
        id: incident.id,
        line: `${clip(cardTitle(incident, texts), 100)} · ${texts.stage[incident.stage]}`,
    }));
    return {
        sections: [
            {
                title: stage ? `Newest incidents: ${texts.stage[stage]}` : 'Newest incidents',
                items: told.map(({ id, line }) => `${id} · ${line}`),
                select: {
                    label: 'Show',
                    command: 'fix show',
                    groups: [
                        {
                            label: 'Incident',
                            options: told.map(({ id, line }) => ({ label: clip(line, 75), value: id })),
                        },
                    ],
                },
            },
        ],
    };
};

function stageOf(typed: string | undefined): Stage | undefined {
    if (typed === undefined) return undefined;
    const stage = STAGES.find((known) => known === typed.trim().toLowerCase());
    if (stage) return stage;
    const near = nearest(typed, STAGES);
    throw new FixError('INPUT_INVALID', `“${clip(typed, 40)}” is no stage.`, {
        field: 'stage',
        cure: near ? `Did you mean --stage=${near}?` : `Stages are ${STAGES.join(', ')}.`,
    });
}
