import { asFixError } from '../errors';
import { joinedLabels } from '../incident/labels';
import { counted } from '../incident/summary';
import type { Diagnosis } from '../model/diagnosis';
import type { Incident } from '../model/incident';
import type { CauseRule, Runbook } from '../model/runbook';
import { matchingAlerts } from '../runbook/choose';
import { fillText } from '../runbook/render';
import { fullStop } from '../text/text';
import type { CheckResult } from './checks';
import type { EvidenceLog } from './evidence';
import { propose, requireAction } from './propose';
import { ALERT } from './tools/alert';

/** What a diagnosis concludes, whoever made it. */
export type Conclusion = Pick<Diagnosis, 'verdict' | 'cause' | 'confidence' | 'citations' | 'proposal' | 'reason'>;

export interface RuleInput {
    incident: Incident;
    /** Runbooks for this incident, the most specific first. */
    matching: readonly Runbook[];
    checks: readonly CheckResult[];
    log: EvidenceLog;
    inventoryHosts?: readonly string[];
}

/**
 * The rule engine: the first cause of the first matching runbook whose checks all hold. A cause whose action
 * cannot be proposed (parameter, host) stays as advice with the reason.
 */
export function concludeByRules(input: RuleInput): Conclusion {
    for (const runbook of input.matching) {
        const rule = runbook.causes.find(({ when }) =>
            when.every((check) => resultOf(input, runbook, check)?.holds === true),
        );
        if (rule) return concluded(input, runbook, rule);
    }
    const reason = whyNone(input);
    return { verdict: 'inconclusive', cause: reason, confidence: 0, citations: [], reason };
}

/** Nothing fits is said only of what was measured. */
function whyNone({ matching, checks }: RuleInput): string {
    if (matching.length === 0) return 'No runbook is for this alert.';
    const runbooks = `the runbook${matching.length > 1 ? 's' : ''} ${matching.map(({ id }) => id).join(', ')}`;
    const unanswered = checks.flatMap((result) => result.unanswered ?? []);
    const [why] = unanswered;
    if (why === undefined) return `No cause in ${runbooks} fits what was measured.`;
    const missing = `${unanswered.length} of ${counted(checks.length, 'check')} of ${runbooks} could not be measured: ${fullStop(why)}`;
    return unanswered.length === checks.length ? missing : `${missing} No cause fits what the others measured.`;
}

function concluded(input: RuleInput, runbook: Runbook, rule: CauseRule): Conclusion {
    const alerts = input.log
        .all()
        .filter(({ kind }) => kind === ALERT)
        .map(({ id }) => id);
    const citations = [...alerts, ...rule.when.flatMap((check) => resultOf(input, runbook, check)?.evidence ?? [])];
    const found = {
        cause: fillText(rule.cause, joinedLabels(matchingAlerts(runbook, input.incident))),
        confidence: rule.confidence,
        citations,
    };
    if (rule.action === undefined) return { verdict: 'advice', ...found };
    try {
        const { incident, inventoryHosts, log } = input;
        const ground = { incident, inventoryHosts, cited: log.named(citations) };
        const proposal = propose(runbook, requireAction(runbook, rule.action), rule.parameters ?? {}, ground);
        return { verdict: 'proposal', ...found, proposal };
    } catch (thrown) {
        return {
            verdict: 'advice',
            ...found,
            reason: `The fix ${rule.action} cannot be proposed: ${asFixError(thrown).message}`,
        };
    }
}

function resultOf({ checks }: RuleInput, runbook: Runbook, check: string): CheckResult | undefined {
    return checks.find((result) => result.runbook === runbook.id && result.check === check);
}
