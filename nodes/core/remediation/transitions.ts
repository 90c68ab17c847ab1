import { FixError } from '../errors';
import type { Incident } from '../model/incident';
import type { Run, RunOutcome } from '../model/run';
import type { NewTimelineEntry } from '../model/timeline';
import type { Verification } from '../model/verification';
import type { Change, Transition } from '../store/incidents';
import { canonicalJson, sha256 } from '../text/json';
import { storedTasks } from './dry-run';
import type { RunHandle } from './ports';

/** Who writes the entries of this folder. */
export const BY = 'node:ansible-exec';

/** Name of the kept log in the folder of a run. */
const LOG = 'log.txt';

/** The playbook has been started. Changes nothing when that is known already. */
export function startingRun({ id, pid }: RunHandle): Transition {
    return (incident, now) => {
        const run = requireRun(incident);
        if (run.state !== 'intended') return { incident, entries: [] };
        const seen = { handle: id, ...(pid === undefined ? {} : { pid }) };
        return {
            incident: { ...incident, run: { ...run, state: 'started', ...seen, startedAt: now.toISOString() } },
            entries: [{ type: 'run.started', by: BY, text: `The playbook runs: ${id}.`, data: seen }],
        };
    };
}

/** The playbook succeeded; now the alert must clear. */
export function succeeding(outcome: RunOutcome): Transition {
    return (incident, now) =>
        withEntries(
            { ...incident, stage: 'verifying', run: ended(requireRun(incident), outcome, 'succeeded', now) },
            endEntry(outcome),
            {
                type: 'verification.started',
                by: BY,
                text: `Waiting up to ${incident.plan?.verify.withinSeconds ?? 0} s for the alert to clear.`,
            },
        );
}

/** The playbook did not succeed. `next` is what comes then: the rollback, or the end of the incident. */
export function failing(outcome: RunOutcome, next: 'rollback' | 'end'): Transition {
    return (incident, now) => {
        const reason = outcome.reason ?? `The run was ${outcome.status}.`;
        const state = outcome.status === 'cancelled' ? 'cancelled' : 'failed';
        const run = ended(requireRun(incident), outcome, state, now);
        if (next === 'rollback') return withEntries({ ...incident, reason, run }, endEntry(outcome), rollbackEntry());
        return withEntries({ ...incident, stage: 'failed', reason, run }, endEntry(outcome));
    };
}

/** At the last look the playbook could not be started as it was sealed; nothing was done. */
export function neverStarting(reason: string): Transition {
    return failing(
        {
            status: 'never-started',
            hosts: {},
            tasks: [],
            reason: `Nothing ran. ${reason}`,
            exitCode: null,
            milliseconds: 0,
        },
        'end',
    );
}

/** The verdict on the fix. `next` is what comes when the alert has not cleared. */
export function verifying(verification: Verification, next: 'rollback' | 'end'): Transition {
    return (incident, now) => {
        const entry: NewTimelineEntry = {
            type: 'verification.made',
            by: BY,
            text: verification.reason,
            data: { ...verification },
        };
        const known = { ...incident, verification };
        if (verification.result === 'unknown')
            return withEntries({ ...known, stage: 'unknown', reason: verification.reason }, entry);
        if (verification.result === 'not-cleared') {
            if (next === 'rollback')
                return withEntries({ ...known, reason: verification.reason }, entry, rollbackEntry());
            return withEntries({ ...known, stage: 'failed', reason: verification.reason }, entry);
        }
        const closed: NewTimelineEntry = { type: 'incident.closed', by: BY, text: 'The incident is closed.' };
        return withEntries({ ...known, stage: 'closed', closedAt: now.toISOString() }, entry, closed);
    };
}

/** The rollback has ended; undefined: nobody knows how. */
export function endingRollback(outcome: RunOutcome | undefined): Transition {
    return (incident) => {
        const because = incident.reason ?? 'The fix failed.';
        if (!outcome)
            return unknownEnd(incident, `${because} Its rollback was started, and it is not known how that ended.`);
        const fine = outcome.status === 'succeeded';
        const text = fine ? 'The rollback succeeded.' : `The rollback failed: ${outcome.reason ?? outcome.status}`;
        return withEntries(
            {
                ...incident,
                stage: fine ? 'rolled-back' : 'failed',
                reason: `${because} ${text}`,
                run: { ...requireRun(incident), rollback: stored(outcome) },
            },
            { type: 'rollback.ended', by: BY, text, data: { status: outcome.status, outcome: storedDigest(outcome) } },
        );
    };
}

/** The rollback did not start. */
export function refusingRollback(why: string): Transition {
    return (incident) => {
        const text = `The rollback was not started: ${why}`;
        return withEntries(
            { ...incident, stage: 'failed', reason: `${incident.reason ?? 'The fix failed.'} ${text}` },
            { type: 'rollback.ended', by: BY, text, data: { status: 'never-started' } },
        );
    };
}

/** Nobody can know what the run did; it never runs again, and a person must look. */
export function losingTrack(reason: string): Transition {
    return (incident, now) => {
        const run = requireRun(incident);
        return unknownEnd({ ...incident, run: { ...run, state: 'unknown', endedAt: now.toISOString() } }, reason);
    };
}

function unknownEnd(incident: Incident, reason: string): Change {
    return withEntries({ ...incident, stage: 'unknown', reason }, { type: 'run.unknown', by: BY, text: reason });
}

function withEntries(incident: Incident, ...entries: NewTimelineEntry[]): Change {
    return { incident, entries };
}

function requireRun(incident: Incident): Run {
    if (incident.run && (incident.stage === 'running' || incident.stage === 'verifying')) return incident.run;
    throw new FixError('STAGE_WRONG', `Incident ${incident.id} is ${incident.stage}; it has no run under way.`, {
        field: 'incident.stage',
    });
}

function ended(run: Run, outcome: RunOutcome, state: Run['state'], now: Date): Run {
    const { pid: _pid, handle: _handle, ...rest } = run;
    return { ...rest, state, endedAt: now.toISOString(), outcome: stored(outcome), log: LOG };
}

function stored(outcome: RunOutcome): RunOutcome {
    return { ...outcome, tasks: storedTasks(outcome.tasks) };
}

function endEntry(outcome: RunOutcome): NewTimelineEntry {
    const changes = Object.values(outcome.hosts).reduce((sum, { changed }) => sum + changed, 0);
    const seconds = (outcome.milliseconds / 1000).toFixed(1);
    return {
        type: outcome.status === 'cancelled' ? 'run.cancelled' : 'run.ended',
        by: BY,
        text:
            outcome.reason ??
            `The run succeeded in ${seconds} s with ${changes} ${changes === 1 ? 'change' : 'changes'}.`,
        data: {
            status: outcome.status,
            exitCode: outcome.exitCode,
            changes,
            tasks: outcome.tasks.length,
            outcome: storedDigest(outcome),
        },
    };
}

/** SHA-256 over the canonical JSON of the outcome as the incident keeps it: `run.outcome`, or `run.rollback`. */
function storedDigest(outcome: RunOutcome): string {
    return sha256(canonicalJson(stored(outcome)));
}

function rollbackEntry(): NewTimelineEntry {
    return { type: 'rollback.started', by: BY, text: 'The sealed rollback is started.' };
}
