import { type ErrorCode, FixError, failureText } from '../../nodes/core/errors';
import { cut } from '../../nodes/core/text/cut';
import { redact } from '../../nodes/core/text/redact';
import type { Reply, ReplyButton } from '../message/reply';

const LONGEST = 900;

/** What helps in chat; the errors' own cures speak of Node-RED's dialogs. */
const CURES: Partial<Record<ErrorCode, string>> = {
    STORE_DOWN:
        'fix alerts and fix diagnose work without it. Check redis in the configuration of the fix executor, and that Redis runs.',
    ALERTMANAGER_DOWN: 'Check alertmanager in the configuration of the fix executor, and that Alertmanager runs.',
    PROMETHEUS_DOWN: 'Check prometheus in the configuration of the fix executor, and that Prometheus runs.',
    INCIDENT_UNKNOWN: 'fix incidents lists the newest incidents, fix alerts what fires now.',
    PROVIDER_AUTH:
        'Check model.apiKeyEnv in the configuration of the fix executor, and that the key may use this model.',
    PROVIDER_MODEL_UNKNOWN:
        'Check model.model and model.url in the configuration of the fix executor, and that the server has this model.',
    PROVIDER_DOWN: 'Check model.url in the configuration of the fix executor, and that the server runs.',
    PROVIDER_TIMEOUT: 'Raise model.timeoutSeconds in the configuration of the fix executor, or choose a faster model.',
    PROVIDER_CUT_OFF:
        'Choose a model with a larger context, or raise its context window where the configuration of the fix executor sets it (model.numCtx).',
    PROVIDER_BAD_ANSWER: 'Check model.url in the configuration of the fix executor.',
    INTERNAL: "Look at Botkube's log for the plugin fix.",
};

const NEXT: Partial<Record<ErrorCode, ReplyButton>> = {
    INPUT_INVALID: { label: 'Help', command: 'fix help' },
    INCIDENT_UNKNOWN: { label: 'Alerts', command: 'fix alerts' },
    STORE_DOWN: { label: 'Status', command: 'fix status' },
    ALERTMANAGER_DOWN: { label: 'Status', command: 'fix status' },
    CONFIG_MISSING: { label: 'Status', command: 'fix status' },
};

/**
 * A command that failed, as a message: what is wrong, what helps. Refused decisions are shown only to the person who asked, where
 * that is possible.
 */
export function failureReply(error: FixError): Reply {
    const next = NEXT[error.code];
    return {
        sections: [{ text: chatFailure(error), ...(next ? { buttons: [next] } : {}) }],
        ...(error.code === 'NOT_ENTITLED' ? { ephemeral: true } : {}),
    };
}

/** What is wrong and what helps, in one short text without secrets. */
export function chatFailure({ code, message, cure }: FixError): string {
    return cut(redact(failureText(new FixError(code, message, { cure: CURES[code] ?? cure }))), LONGEST);
}
