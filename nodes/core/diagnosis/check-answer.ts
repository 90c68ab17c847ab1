import { asFixError, FixError } from '../errors';
import type { Evidence, Proposal } from '../model/diagnosis';
import type { Incident } from '../model/incident';
import type { Action, ParameterValue, Runbook } from '../model/runbook';
import { parameterFromText } from '../runbook/parameters';
import { cutClean } from '../text/cut';
import { withoutPort } from '../text/host-name';
import { redact } from '../text/redact';
import { visibleProse } from '../text/text';
import type { EvidenceLog } from './evidence';
import { propose, requireAction } from './propose';
import type { Conclusion } from './rules';
import type { ModelConclusion } from './step';

/** Longest cause that is kept, characters. */
const LONGEST_CAUSE = 1_500;

export interface AnswerGround {
    incident: Incident;
    matching: readonly Runbook[];
    log: EvidenceLog;
    inventoryHosts?: readonly string[];
}

/**
 * What code believes of a model's answer. No citation of recorded evidence: inconclusive, whatever the prose says.
 * A fix that is not of a matching runbook, does not fit its parameters, or is for a host that neither the alert
 * nor trusted evidence names: dropped, and the cause stays as advice with the reason.
 */
export function checkAnswer(answer: ModelConclusion, ground: AnswerGround): Conclusion {
    const cause = cutClean(answer.cause.trim(), LONGEST_CAUSE, (text) => redact(visibleProse(text)));
    const cited = ground.log.named(answer.citations);
    if (answer.inconclusive) return inconclusive('The model found no cause.', cause, cited);
    if (cited.length === 0) return inconclusive('The model cited no recorded evidence.', cause, cited);
    if (cause === '') return inconclusive('The model named no cause.', cause, cited);
    const found = {
        cause,
        confidence: Math.min(1, Math.max(0, Number.isFinite(answer.confidence) ? answer.confidence : 0)),
        citations: cited.map(({ id }) => id),
    };
    if (answer.action === null) return { verdict: 'advice', ...found };
    try {
        return { verdict: 'proposal', ...found, proposal: checkedProposal(answer.action, cited, ground) };
    } catch (thrown) {
        return {
            verdict: 'advice',
            ...found,
            reason: `The model's fix was dropped: ${cutClean(asFixError(thrown).message, 400, visibleProse)}`,
        };
    }
}

function inconclusive(reason: string, cause: string, cited: readonly Evidence[]): Conclusion {
    const claim = cause === '' ? '' : ` It said: “${cause}”`;
    return {
        verdict: 'inconclusive',
        cause: `${reason}${claim}`,
        confidence: 0,
        citations: cited.map(({ id }) => id),
        reason,
    };
}

function checkedProposal(
    wanted: NonNullable<ModelConclusion['action']>,
    cited: readonly Evidence[],
    ground: AnswerGround,
): Proposal {
    const runbook = ground.matching.find(({ id }) => id === wanted.runbook);
    if (!runbook) {
        throw new FixError('ACTION_UNKNOWN', `The runbook "${wanted.runbook.slice(0, 100)}" is not for this alert.`, {
            field: 'runbook',
        });
    }
    const action = requireAction(runbook, wanted.action);
    const proposal = propose(runbook, action, givenParameters(action, wanted.parameters), {
        incident: ground.incident,
        inventoryHosts: ground.inventoryHosts,
        cited,
    });
    return { ...proposal, hosts: narrowed(proposal.hosts, wanted.hosts) };
}

function givenParameters(
    action: Action,
    list: readonly { name: string; value: ParameterValue }[],
): Record<string, ParameterValue> {
    const given = new Map<string, ParameterValue>();
    for (const { name, value } of list) {
        if (given.has(name)) {
            throw new FixError('PARAMETER_INVALID', `The parameter "${name.slice(0, 100)}" is given twice.`, {
                field: 'parameters',
            });
        }
        const spec = Object.hasOwn(action.parameters, name) ? action.parameters[name] : undefined;
        given.set(name, spec && typeof value === 'string' ? parameterFromText(spec, value) : value);
    }
    return Object.fromEntries(given);
}

/** The hosts the model named, when each is one of those that code found; all of these when it named none. */
function narrowed(found: readonly string[], wanted: readonly string[]): string[] {
    if (wanted.length === 0) return [...found];
    const named = wanted.map((name) => (found.includes(name) ? name : withoutPort(name)));
    const stranger = named.find((name) => !found.includes(name));
    if (stranger === undefined) return found.filter((host) => named.includes(host));
    throw new FixError(
        'TARGET_NOT_IN_EVIDENCE',
        `Neither the alert nor trusted evidence names the host "${stranger.slice(0, 100)}" for this fix.`,
        {
            field: 'hosts',
        },
    );
}
