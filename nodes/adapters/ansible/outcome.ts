import type { HostStats, RunOutcome, TaskResult } from '../../core/model/run';
import type { RunOrder } from '../../core/remediation/ports';
import type { RunRecord } from './events';

/** How the process of a run ended. */
export interface Ending {
    by: 'itself' | 'cancel' | 'timeout';
    /** Null when it is not known, or when a signal ended it. */
    exitCode: number | null;
    milliseconds: number;
}

/**
 * What a run came to. Ansible's stats event decides, never the exit code alone: Ansible also answers 0 when no host or
 * no task matched.
 */
export function outcomeOf(
    record: RunRecord,
    ending: Ending,
    run: Pick<RunOrder, 'hosts' | 'call'>,
    output: string,
): RunOutcome {
    const { status, reason } = judge(record, ending, run, output);
    return {
        status,
        hosts: record.hosts ?? {},
        tasks: record.tasks,
        ...(reason === undefined ? {} : { reason }),
        exitCode: ending.exitCode,
        milliseconds: ending.milliseconds,
        ...(record.ansible === undefined ? {} : { ansible: record.ansible }),
        ...(record.becomes.size === 0 ? {} : { becomes: [...record.becomes].sort() }),
    };
}

interface Judgement {
    status: RunOutcome['status'];
    reason?: string;
}

function judge(record: RunRecord, ending: Ending, run: Pick<RunOrder, 'hosts' | 'call'>, output: string): Judgement {
    if (ending.by === 'cancel')
        return { status: 'cancelled', reason: 'Cancelled; what had begun on the hosts may be half done.' };
    if (ending.by === 'timeout') {
        return {
            status: 'timed-out',
            reason: `Stopped after ${Math.round(ending.milliseconds / 1000)} s, its time limit; what had begun on the hosts may be half done.`,
        };
    }
    if (record.unread !== undefined) {
        return {
            status: 'failed',
            reason: `What Ansible told of a task is ${Math.ceil(record.unread / (1 << 20))} MiB long and was not read, so it is not known what the task did.`,
        };
    }
    if (record.hosts === undefined) return withoutStats(record.tasks, ending, output);
    const reason = fault(record.hosts, record.tasks, run) ?? exitFault(ending.exitCode, output);
    return reason === undefined ? { status: 'succeeded' } : { status: 'failed', reason };
}

function withoutStats(tasks: readonly TaskResult[], ending: Ending, output: string): Judgement {
    const said = errorLine(output) ?? `it ended with exit code ${ending.exitCode ?? 'unknown'}`;
    if (tasks.length === 0) return { status: 'never-started', reason: `Ansible did not start the playbook: ${said}` };
    return { status: 'failed', reason: `Ansible ended without a result, so some tasks may be undone: ${said}` };
}

function fault(
    stats: Record<string, HostStats>,
    tasks: readonly TaskResult[],
    { hosts, call }: Pick<RunOrder, 'hosts' | 'call'>,
): string | undefined {
    const unreachable = Object.keys(stats).find((host) => (stats[host]?.unreachable ?? 0) > 0);
    if (unreachable !== undefined)
        return `${unreachable} could not be reached${said(tasks, unreachable, 'unreachable')}`;
    const failed = Object.keys(stats).find((host) => (stats[host]?.failed ?? 0) > 0);
    if (failed !== undefined) {
        const task = tasks.findLast(({ host, status }) => host === failed && status === 'failed');
        return `The task "${task?.task ?? 'unknown'}" failed on ${failed}${said(tasks, failed, 'failed')}`;
    }
    const untouched = hosts.find((host) => stats[host] === undefined);
    const tagged = call.tags?.length ? ` with the tags ${call.tags.join(', ')}` : '';
    if (untouched !== undefined)
        return `The playbook did nothing on ${untouched}: no play or task of it${tagged} is for this host.`;
    return tasks.length === 0 ? `No task of the playbook${tagged} was looked at; check its tags.` : undefined;
}

function said(tasks: readonly TaskResult[], host: string, status: TaskResult['status']): string {
    const message = tasks.findLast((task) => task.host === host && task.status === status)?.message;
    return message === undefined ? '.' : `: ${message}`;
}

function exitFault(exitCode: number | null, output: string): string | undefined {
    if (exitCode === null || exitCode === 0) return undefined;
    return `Ansible ended with exit code ${exitCode}${errorLine(output) === undefined ? '' : `: ${errorLine(output)}`}`;
}

/** The sentence behind Ansible's `ERROR!` (up to core 2.18) or `[ERROR]:`. */
function errorLine(output: string): string | undefined {
    const found = /^(?:ERROR!|\[ERROR\]:)\s*(.{1,500})/m.exec(output)?.[1];
    return found ?? /^ansible-playbook: error: (.{1,500})/m.exec(output)?.[1];
}
