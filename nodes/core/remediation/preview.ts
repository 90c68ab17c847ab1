import { FixError } from '../errors';
import { ONCE_REFUSED } from '../incident/diagnose-again';
import type { Incident } from '../model/incident';
import type { Preview } from '../model/plan';
import type { TaskResult, Unseen } from '../model/run';
import { eachWithReason, MAX_COMMAND, type UnseenTask } from '../model/unseen';
import type { Previews } from '../store/previews';
import { sha256 } from '../text/json';
import { plainCode, plainLine } from '../text/plain-text';
import { redactions } from '../text/redact';
import { isTelling, MAX_DIFFS, MAX_TASKS, tellingTasks } from './dry-run';

/** Longest preview, characters: what is longer nobody reads, so nobody can approve it. */
export const MAX_PREVIEW = 5_000_000;

const SIGNS: Record<UnseenTask['why'], string> = {
    'left-out': 'RUNS WITHOUT PREVIEW',
    ran: 'RAN DURING THE DRY RUN',
    'no-diff': 'changes without a diff',
    'may-run': 'may run',
    differs: 'DOES SOMETHING ELSE THAN IN THE DRY RUN',
    ends: 'ends the play here',
    waits: 'waits, which a dry run does not',
    asks: 'asks a question; nobody is there, so its default is taken',
    unread: 'tasks that cannot be read before the run',
    lookup: "STARTED IN THE DRY RUN TOO, ON ANSIBLE'S OWN MACHINE",
};

/**
 * All that a dry run has to say, for people: each task that would change something, with its whole diff, and each that
 * could not be shown. Throws `TOO_LARGE` when that is more than {@link MAX_PREVIEW}.
 */
export function previewOf(tasks: readonly TaskResult[]): { text: string; preview: Preview } {
    const parts: string[] = [];
    let length = 0;
    eachWithReason(tasks, (task, why) => {
        if (task.tooLong) throw tooLarge();
        if (why === undefined && !isTelling(task)) return;
        const part = partOf(task, why);
        length += part.length + 1;
        if (length > MAX_PREVIEW) throw tooLarge();
        parts.push(part);
    });
    const text = plainCode(parts.length > 0 ? `${parts.join('\n')}\n` : '');
    const facts = {
        digest: sha256(text),
        characters: text.length,
        lines: text.split('\n').length - 1,
        redacted: redactions(text),
    };
    return { text, preview: { ...facts, ...(isCut(tasks) ? { cut: true } : {}) } };
}

function isCut(tasks: readonly TaskResult[]): boolean {
    const telling = tellingTasks(tasks);
    const diffs = telling.reduce((sum, { diff = '' }) => sum + diff.length, 0);
    return (
        telling.length > MAX_TASKS ||
        diffs > MAX_DIFFS ||
        tasks.some(
            ({ wholeDiff, unseen, arguments: given = '' }) =>
                wholeDiff !== undefined || (unseen?.command ?? given).length > MAX_COMMAND,
        )
    );
}

/**
 * The kept preview of the incident's plan; undefined where the plan has none. Throws `PLAN_CHANGED` when it is not what
 * was sealed.
 */
export async function keptPreview(
    previews: Previews,
    { id, plan }: Pick<Incident, 'id' | 'plan'>,
): Promise<string | undefined> {
    if (!plan?.dryRun.preview) return undefined;
    const text = await previews.read(id, plan.nonce);
    if (text !== undefined && sha256(text) === plan.dryRun.preview.digest) return text;
    throw new FixError(
        'PLAN_CHANGED',
        text === undefined
            ? 'The whole dry run is not in the store any more.'
            : 'The kept dry run is not the one that was sealed.',
        {
            field: 'plan.dryRun.preview',
            cure: `Do not approve it. ${ONCE_REFUSED}`,
        },
    );
}

function partOf(
    { host, task, status, diff, wholeDiff, message, unseen, action, arguments: given }: TaskResult,
    why: UnseenTask['why'] | undefined,
): string {
    const module = unseen?.action ?? action;
    const handlers = unseen?.handlers.length ? `may also run: ${unseen.handlers.map(plainLine).join(', ')}` : undefined;
    return [
        `# ${why === undefined ? status : SIGNS[why]} ${host}: ${plainLine(task)}${module && why ? ` (${module})` : ''}`,
        ...(why === undefined ? [] : [...whenText(unseen), unseen?.command ?? given]),
        (wholeDiff ?? diff)?.trimEnd(),
        why === undefined ? undefined : handlers,
        status === 'failed' ? message : undefined,
    ]
        .filter(Boolean)
        .join('\n');
}

/** When a task that gave no result runs. */
function whenText({ isHandler, ifFails, conditions = [] }: Partial<Unseen> = {}): string[] {
    return [
        ...(isHandler ? ['when something notifies it'] : []),
        ...(ifFails === undefined ? [] : [`if this fails: ${plainLine(ifFails)}`]),
        ...conditions.map((condition) => `when: ${plainLine(condition)}`),
    ];
}

function tooLarge(): FixError {
    return new FixError(
        'TOO_LARGE',
        `The dry run shows more than ${MAX_PREVIEW / 1_000_000} million characters of changes and commands, which nobody could read before approving.`,
        {
            field: 'dryRun',
            cure: 'Split the fix, or set diff: false on tasks that write large files, and keep commands short; the card then says that their change cannot be seen.',
        },
    );
}
