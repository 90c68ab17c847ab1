import { z } from 'zod';
import type { DecisionRequest } from '../../core/approval/decide';
import { type Language, textsOf } from '../../core/chat/texts';
import type { Identity } from '../../core/model/identity';
import { plain } from '../../core/text/plain-text';
import { plainObject } from './blocks';
import type { SlackClient } from './client';
import { escapeMarkdown } from './escape';
import { APPROVE, REJECT } from './render';

export interface SlackClicksOptions {
    client: SlackClient;
    language: Language;
    /** Takes the decision; answers what only this person is shown, or undefined when the card says it. Must not reject. */
    decide(request: DecisionRequest): Promise<string | undefined>;
    /** Hears what could not be handled. */
    report(thrown: unknown): void;
}

const MODAL = 'alert-to-fix.reject-reason';
const REASON_BLOCK = 'reason';
const LONGEST_REASON = 500;

const user = z.object({
    id: z.string().min(1),
    team_id: z.string().optional(),
    name: z.string().optional(),
    username: z.string().optional(),
});
const team = z.object({ id: z.string() }).nullish();
const target = z.object({ incident: z.string(), seal: z.string() });
const modalMemory = target.extend({ channel: z.string() });

/** https://docs.slack.dev/reference/interaction-payloads/block_actions-payload */
const blockActions = z.object({
    type: z.literal('block_actions'),
    user,
    team,
    trigger_id: z.string(),
    container: z.object({ channel_id: z.string() }),
    actions: z.array(z.object({ action_id: z.string(), value: z.string().optional() })).min(1),
});

/** https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload */
const viewSubmission = z.object({
    type: z.literal('view_submission'),
    user,
    team,
    view: z.object({
        callback_id: z.literal(MODAL),
        private_metadata: z.string(),
        state: z.object({
            values: z.record(z.string(), z.record(z.string(), z.object({ value: z.string().nullish() }))),
        }),
    }),
});

type BlockActions = z.infer<typeof blockActions>;
type ViewSubmission = z.infer<typeof viewSubmission>;

/** Turns Slack's interaction payloads into decisions, and answers the person where only they see it. */
export class SlackClicks {
    constructor(private readonly options: SlackClicksOptions) {}

    /** One payload, already acknowledged. Others' payloads are let pass. Never rejects. */
    async received(body: unknown): Promise<void> {
        try {
            const pressed = blockActions.safeParse(body);
            if (pressed.success) return await this.pressed(pressed.data);
            const submitted = viewSubmission.safeParse(body);
            if (submitted.success) await this.submitted(submitted.data);
        } catch (thrown) {
            this.options.report(thrown);
        }
    }

    private async pressed(payload: BlockActions): Promise<void> {
        const action = payload.actions[0];
        if (action?.action_id !== APPROVE && action?.action_id !== REJECT) return;
        const { incident, seal } = parsed(target, action.value);
        const channel = payload.container.channel_id;
        const click = { incidentId: incident, seal, by: personOf(payload) };
        if (action.action_id === APPROVE) return this.decide({ ...click, verdict: 'approve' }, channel);
        if (await this.askReason(payload.trigger_id, { incident, seal, channel })) return;
        await this.decide({ ...click, verdict: 'reject' }, channel);
    }

    private async submitted(payload: ViewSubmission): Promise<void> {
        const { incident, seal, channel } = parsed(modalMemory, payload.view.private_metadata);
        const reason = Object.values(payload.view.state.values[REASON_BLOCK] ?? {})[0]?.value?.trim();
        await this.decide(
            { incidentId: incident, seal, verdict: 'reject', by: personOf(payload), ...(reason ? { reason } : {}) },
            channel,
        );
    }

    private async decide(click: DecisionRequest, channel: string): Promise<void> {
        const answer = await this.options.decide(click);
        if (answer === undefined) return;
        const text = escapeMarkdown(plain(answer));
        const person = click.by.id.split('/')[1] ?? '';
        await this.options.client.call('chat.postEphemeral', (web) =>
            web.chat.postEphemeral({ channel, user: person, text }),
        );
    }

    /**
     * Opens the question for the reason; false when Slack does not open it, e.g. because the trigger is older than 3 s.
     */
    private async askReason(trigger: string, memory: z.infer<typeof modalMemory>): Promise<boolean> {
        const { approval } = textsOf(this.options.language);
        try {
            await this.options.client.call('views.open', (web) =>
                web.views.open({
                    trigger_id: trigger,
                    view: {
                        type: 'modal',
                        callback_id: MODAL,
                        private_metadata: JSON.stringify(memory),
                        title: plainObject(approval.rejectTitle),
                        submit: plainObject(approval.reject),
                        close: plainObject(approval.cancel),
                        blocks: [
                            {
                                type: 'input',
                                block_id: REASON_BLOCK,
                                optional: true,
                                label: plainObject(approval.reason),
                                element: {
                                    type: 'plain_text_input',
                                    action_id: 'text',
                                    multiline: true,
                                    max_length: LONGEST_REASON,
                                    placeholder: plainObject(approval.reasonHint),
                                },
                            },
                        ],
                    },
                }),
            );
            return true;
        } catch {
            return false;
        }
    }
}

/** Who it was: ids only, as Slack attests them; the name is for display. */
function personOf(payload: BlockActions | ViewSubmission): Identity {
    const { id, team_id: own, name, username } = payload.user;
    const shown = name ?? username;
    return {
        platform: 'slack',
        id: `${own ?? payload.team?.id ?? ''}/${id}`,
        ...(shown === undefined ? {} : { name: shown }),
    };
}

function parsed<T>(schema: z.ZodType<T>, text: string | undefined): T {
    return schema.parse(JSON.parse(text ?? 'null'));
}
