/** What Botkube asks the plugin to execute. Texts that the host does not know are empty, never undefined. */
export interface ExecuteRequest {
    /** All after the bot's mention, e.g. `fix diagnose inc-7f3k2`; begins with the plugin's name. */
    command: string;
    /** Raw YAML of every bound configuration, in binding order; later ones win. */
    configs: string[];
    context: ExecuteContext;
}

/** Who asks, from where, as far as the host tells: it names neither channel nor platform. */
export interface ExecuteContext {
    isInteractivitySupported: boolean;
    /** e.g. `http://botkube:2115/sources/v1`. */
    incomingWebhookBaseUrl: string;
    user: {
        /** `<@U123>` on Slack, `<@123>` on Discord, empty on Mattermost, `Automation "<name>"` for an action. */
        mention: string;
        displayName: string;
    };
    message: {
        /** The raw text with the mention; on a click the button's command. */
        text: string;
        /** Permalink. */
        url: string;
        /** Timestamp of the thread's first message. */
        parentActivityId: string;
    };
    /** JSON text of Slack's `state` object of the clicked message; empty without a click. */
    slackState: string;
}

/** What is posted: `message` first, then on Slack up to 15 more. */
export interface ExecuteResponse {
    message: BotkubeMessage;
    messages?: BotkubeMessage[];
}

/** What the index says of the plugin. */
export interface PluginMetadata {
    /** SemVer. */
    version: string;
    description: string;
    documentationUrl: string;
    /** Text of the draft-07 JSON schema of the configuration. */
    jsonSchema: string;
}

/** The plugin behind the host's contract. A rejection of `execute` is shown to the user as its message. */
export interface PluginExecutor {
    /** `signal` aborts when the host cancels or the deadline passes. */
    execute(request: ExecuteRequest, signal: AbortSignal): Promise<ExecuteResponse>;
    help(): Promise<BotkubeMessage>;
    metadata(): PluginMetadata;
    /** Longest time of this request, milliseconds; without it the default of the host part. */
    deadlineMs?(request: ExecuteRequest): number;
}

/**
 * The JSON of Botkube's `api.Message`, as of v1.14.0. `timestamp`, if set, must be RFC 3339: an empty one loses the
 * message.
 */
export interface BotkubeMessage {
    type?: MessageType;
    baseBody?: MessageBody;
    timestamp?: string;
    sections?: MessageSection[];
    plaintextInputs?: MessageInput[];
    /** Ephemeral. */
    onlyVisibleForYou?: boolean;
    /** Answers to clicks only. */
    replaceOriginal?: boolean;
    /** Slack user ID; sends the message there directly. */
    userHandle?: string;
    /** Posts into this thread. */
    parentActivityId?: string;
}

export type MessageType =
    | 'baseBodyWithFilter'
    | 'form'
    | 'threadMessage'
    | 'skipMessage'
    | 'nonInteractiveEventSingleSection';

export interface MessageBody {
    codeBlock?: string;
    plaintext?: string;
}

export interface MessageSection {
    style?: { divider?: 'none' };
    header?: string;
    description?: string;
    body?: MessageBody;
    buttons?: MessageButton[];
    multiSelect?: MessageMultiSelect;
    selects?: { id?: string; items: MessageSelect[] };
    plaintextInputs?: MessageInput[];
    textFields?: { key: string; value: string }[];
    bulletLists?: { title?: string; items: string[] }[];
    context?: { text: string }[];
}

/** Either a command, which begins with `{{BotName}} `, or a link. */
export interface MessageButton {
    name: string;
    command?: string;
    url?: string;
    style?: 'primary' | 'danger';
    description?: string;
    descriptionStyle?: 'bold' | 'italic' | 'text' | 'code';
}

export interface MessageOption {
    name: string;
    value: string;
}

/** The chosen value is appended to `command` after a space. */
export interface MessageSelect {
    type: 'static';
    name: string;
    command: string;
    optionGroups: { name: string; options: MessageOption[] }[];
    initialOption?: MessageOption;
}

/** The chosen values are appended to `command`, joined by commas. */
export interface MessageMultiSelect {
    name: string;
    description?: MessageBody;
    command: string;
    options: MessageOption[];
    initialOptions?: MessageOption[];
}

/** The typed text is appended to `command` Go-quoted and without a space. */
export interface MessageInput {
    command: string;
    text: string;
    placeholder?: string;
    dispatchedAction?: 'on_enter_pressed' | 'on_character_entered';
}
