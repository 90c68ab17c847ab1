import type { ErrorCode } from '../errors';
import type { MemoryOutcome } from '../model/memory';
import type { Risk } from '../model/runbook';
import type { Stage } from '../model/stage';
import type { TimelineType } from '../model/timeline';
import type { UnseenTask } from '../model/unseen';
import type { Verification } from '../model/verification';

/** Languages a card is written in. */
export type Language = 'en-US' | 'zh-CN';

/** What becomes a line in a card's thread. */
export type ThreadedType = Extract<
    TimelineType,
    | 'alerts.resolved'
    | 'diagnosis.made'
    | 'diagnosis.inconclusive'
    | 'plan.failed'
    | 'approval.granted'
    | 'approval.rejected'
    | 'approval.expired'
    | 'approval.withdrawn'
    | 'approval.denied'
    | 'approval.escalated'
    | 'run.started'
    | 'run.task'
    | 'run.ended'
    | 'run.refused'
    | 'run.unknown'
    | 'run.cancelled'
    | 'rollback.started'
    | 'rollback.ended'
    | 'verification.made'
    | 'incident.closed'
    | 'incident.reopened'
>;

export type RefusalKey = Extract<
    ErrorCode,
    | 'NOT_ENTITLED'
    | 'ALREADY_DECIDED'
    | 'PLAN_EXPIRED'
    | 'PLAN_WITHDRAWN'
    | 'PLAN_CHANGED'
    | 'PLAN_SIGNATURE_WRONG'
    | 'POLICY_DENIED'
    | 'STAGE_WRONG'
    | 'INCIDENT_UNKNOWN'
    | 'STORE_DOWN'
    | 'INTERNAL'
>;

/** All words of cards and of answers to clicks. `{name}` is filled in by {@link fill}. */
export interface Texts {
    stage: Record<Stage, string>;
    risk: Record<Risk, string>;
    outcome: Record<MemoryOutcome, string>;
    verification: Record<Verification['result'], string>;
    time: Record<'days' | 'hours' | 'minutes' | 'seconds' | 'since' | 'until' | 'over' | 'ago' | 'asOf', string>;
    alert: Record<
        | 'on'
        | 'section'
        | 'severity'
        | 'cluster'
        | 'team'
        | 'stage'
        | 'alerts'
        | 'count'
        | 'resolved'
        | 'more'
        | 'digest'
        | 'again'
        | 'notCovered',
        string
    >;
    diagnosis: Record<
        | 'cause'
        | 'inconclusive'
        | 'confidence'
        | 'evidence'
        | 'uncited'
        | 'query'
        | 'byModel'
        | 'byRules'
        | 'fallback'
        | 'check',
        string
    >;
    similar: Record<'section' | 'item' | 'noCause' | 'noFix', string>;
    plan: Record<
        | 'proposal'
        | 'fix'
        | 'hint'
        | 'playbook'
        | 'tags'
        | 'hosts'
        | 'becomes'
        | 'parameter'
        | 'noParameters'
        | 'risk'
        | 'rollback'
        | 'noRollback'
        | 'verify'
        | 'verifyCheck'
        | 'limit'
        | 'dryRun'
        | 'counts'
        | 'noDiff'
        | 'noChange'
        | 'seal'
        | 'redacted'
        | 'wholePage'
        | 'wholeThread'
        | 'file',
        string
    >;
    unseen: Record<
        UnseenTask['why'] | 'section' | 'on' | 'handlers' | 'more' | 'notified' | 'ifFails' | 'when',
        string
    >;
    approval: Record<
        | 'section'
        | 'rule'
        | 'needsOne'
        | 'needsTwo'
        | 'automatic'
        | 'anyone'
        | 'who'
        | 'waiting'
        | 'approvedBy'
        | 'rejectedBy'
        | 'because'
        | 'approve'
        | 'reject'
        | 'confirm'
        | 'confirmTitle'
        | 'cancel'
        | 'reason'
        | 'reasonHint'
        | 'rejectTitle'
        | 'policy'
        | 'altered'
        | 'alteredWhy'
        | 'asked'
        | 'askedBarred'
        | 'onePerson'
        | 'requesterRefused',
        string
    >;
    run: Record<
        | 'section'
        | 'intended'
        | 'started'
        | 'succeeded'
        | 'failed'
        | 'cancelled'
        | 'unknown'
        | 'counts'
        | 'task'
        | 'rollback'
        | 'rolledBack'
        | 'rollbackFailed'
        | 'verification'
        | 'afterSeconds'
        | 'reason',
        string
    >;
    chat: Record<
        'cut' | 'cutPage' | 'open' | 'shortened' | 'notWhole' | 'notHere' | 'decide' | 'onPage' | 'news',
        string
    >;
    /** A line in the thread; `{text}` is the timeline's sentence. */
    thread: Record<ThreadedType, string>;
    /** Answers to clicks that decided nothing, by error code; `{sentence}` is the error's own. */
    refusal: Record<RefusalKey, string>;
}
