import type { DecisionRequest } from '../approval/decide';
import { FixError } from '../errors';
import type { GroupDirectory } from '../model/approval';
import type { ChatChannel } from './card';
import type { Language } from './texts';

/** A text of the editor. */
export type Labels = Record<Language, string>;

/** A field of a platform's configuration: what the dialog shows and what is checked. */
export interface ChatField {
    /** Property of the node, or name of the credential. Platforms that share a name share the field. */
    name: string;
    label: Labels;
    /** Font Awesome icon of the row. */
    icon: string;
    placeholder?: string;
    /** Node-RED keeps it encrypted, apart from the flows. */
    secret?: true;
    optional?: true;
    /** Folded away in the dialog. */
    advanced?: true;
    kind: 'text' | 'url';
    /** Regular expression of what the dialog accepts, as text. */
    pattern?: string;
    /** What to enter, when the value is missing or not accepted: one sentence. */
    cure: Labels;
}

/** Whether cards can be brought and decisions taken on a chat platform now. */
export type ChatState = { connected: true } | { connected: false; reason: string };

/** What an open chat offers. */
export interface Chat {
    channel: ChatChannel;
    /** Present where the platform has groups. */
    groups?: GroupDirectory;
    state(): ChatState;
    /** Calls `listener` at each change of {@link state}. Returns the way to stop. */
    onState(listener: (state: ChatState) => void): () => void;
    /** Connects, and stays connected until {@link stop}. */
    start(): void;
    stop(): Promise<void>;
}

export interface ChatOptions {
    /** Values of the platform's fields; see {@link settingsOf}. Optional ones that are empty are absent. */
    settings: Readonly<Record<string, string>>;
    language: Language;
    closing: AbortSignal;
    /**
     * Takes a decision that the platform attests; answers what only this person is shown, or undefined when the card
     * says it. Never rejects.
     */
    decide(request: DecisionRequest, directory?: GroupDirectory): Promise<string | undefined>;
    /** Reports what could not be handled. */
    report(thrown: unknown): void;
}

/** What a chat platform declares. */
export interface ChatPlatform {
    /** What configurations name it by. Where it attests people, they are written so in `core/model/platforms.ts`. */
    name: string;
    label: Labels;
    /** What must be done on the platform, for the dialog. */
    tip?: Labels;
    /** Decisions come back through this chat, so it needs an incident store to record them in. */
    takesDecisions: boolean;
    /** Cards link to the incident page, so its public address is asked for. */
    linksToPage: boolean;
    fields: readonly ChatField[];
    /** Opens the chat; loads the platform's SDK now and not before. */
    make(options: ChatOptions): Chat;
}

/** The checked values of a platform's fields. Throws `CONFIG_MISSING` or `CONFIG_INVALID` naming the field. */
export function settingsOf(
    { fields }: Pick<ChatPlatform, 'fields'>,
    values: Readonly<Record<string, unknown>>,
): Record<string, string> {
    return Object.fromEntries(
        fields.flatMap(({ name, optional, kind, cure }) => {
            const value = values[name];
            if (typeof value !== 'string' || value === '') {
                if (optional) return [];
                throw new FixError('CONFIG_MISSING', `The chat channel needs a value for ${name}.`, {
                    field: name,
                    cure: cure['en-US'],
                });
            }
            if (kind === 'url' && !URL.canParse(value)) {
                throw new FixError('CONFIG_INVALID', `The value of ${name}, "${value}", is not a URL.`, {
                    field: name,
                    cure: cure['en-US'],
                });
            }
            return [[name, value]];
        }),
    );
}
