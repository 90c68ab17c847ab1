import type { ApprovalTerms, Approver, Policy, PolicyRule } from '../model/approval';
import { identityText } from '../model/identity';
import type { Incident } from '../model/incident';
import type { Plan } from '../model/plan';
import { GATE_GROUP, isPlatformGroup } from '../model/platforms';
import { matches } from '../text/matcher';
import { countingPeople, identityOf, isBarredRequester, peopleThatMatter } from './people';
import { isInWindow } from './window';

/** How many people must approve, by decision. */
export const NEEDED: Record<ApprovalTerms['decision'], number> = { automatic: 0, one: 1, two: 2, deny: 0 };

/** What a policy says of one alert. */
type Ruling = Pick<ApprovalTerms, 'rule' | 'decision' | 'approvers' | 'reason' | 'requesterMayApprove'>;

/**
 * The terms under which `plan` may run: those of the first rule that matches. A plan for several alerts gets
 * the strictest terms of any of them, and only approvers whom all their rules name. Fails closed: no alert, no rule,
 * an unknown group or too few approvers is `deny`, with the reason. `gate` is the id of the gate node.
 */
export function termsFor(
    policy: Policy,
    incident: Pick<Incident, 'requestedBy'>,
    plan: Plan,
    now: Date,
    gate: string,
): ApprovalTerms {
    const rules = plan.alerts.map(({ labels }) => policy.rules.find((rule) => applies(rule, labels, plan, now)));
    const expiresAt = new Date(now.getTime() + policy.expirySeconds * 1000).toISOString();
    const { requestedBy } = incident;
    const ruled = strictest([...new Set(rules)].map((rule) => rulingOf(rule, policy, plan)));
    const people = peopleThatMatter(policy.people, ruled.approvers, requestedBy);
    const ruling = enough(ruled, { ...(people && { people }), ...(requestedBy && { requestedBy }) });
    return {
        gate,
        ...ruling,
        ...(people && ruling.decision !== 'deny' ? { people } : {}),
        setAt: now.toISOString(),
        expiresAt,
        ...(requestedBy === undefined ? {} : { requestedBy }),
    };
}

function applies(rule: PolicyRule, labels: Record<string, string>, plan: Plan, now: Date): boolean {
    return (
        rule.risks.includes(plan.action.risk) &&
        matches(rule.match, labels) &&
        (rule.window === undefined || isInWindow(rule.window, now))
    );
}

function rulingOf(rule: PolicyRule | undefined, policy: Policy, plan: Plan): Ruling {
    if (!rule)
        return denied('none', `No rule of the approval gate allows a ${plan.action.risk}-risk fix for this alert now.`);
    if (rule.decision === 'deny') return denied(rule.name, `Rule "${rule.name}" of the approval gate denies this fix.`);
    if (rule.decision === 'automatic') return { rule: rule.name, decision: 'automatic', approvers: [] };
    const approvers = new Set<Approver>();
    for (const entry of rule.approvers) {
        const members = membersOf(entry, policy);
        if (!members) return denied(rule.name, `Rule "${rule.name}" names the unknown group "${groupName(entry)}".`);
        members.forEach((member) => approvers.add(member));
    }
    return {
        rule: rule.name,
        decision: rule.decision,
        approvers: [...approvers],
        ...(rule.requesterMayApprove && rule.decision === 'one' ? { requesterMayApprove: true as const } : {}),
    };
}

function strictest(rulings: Ruling[]): Ruling {
    const denial = rulings.find(({ decision }) => decision === 'deny');
    if (denial) return denial;
    const asking = rulings.filter(({ decision }) => decision !== 'automatic');
    const [first, ...others] = asking.length > 0 ? asking : rulings.slice(0, 1);
    if (!first || others.length === 0) return first ?? denied('none', 'The plan has no alert.');
    const decision = asking.some((one) => one.decision === 'two') ? 'two' : 'one';
    const mayAll = decision === 'one' && asking.every(({ requesterMayApprove }) => requesterMayApprove);
    return {
        rule: asking.map(({ rule }) => rule).join(' + '),
        decision,
        approvers: first.approvers.filter((approver) => others.every((other) => other.approvers.includes(approver))),
        ...(mayAll ? { requesterMayApprove: true } : {}),
    };
}

/** The ruling if enough people can approve; a group of a platform counts as several. */
function enough(ruling: Ruling, asked: Pick<ApprovalTerms, 'people' | 'requestedBy'>): Ruling {
    const { rule, decision, approvers } = ruling;
    const persons = approvers.flatMap((approver) => identityOf(approver) ?? []).map((by) => ({ by }));
    const groups = approvers.filter(isPlatformGroup).length;
    const mayApprove = countingPeople(persons, { ...ruling, ...asked }).length + 2 * groups;
    if (mayApprove >= NEEDED[decision]) return ruling;
    if (approvers.length === 0)
        return denied(rule, `Rule "${rule}" asks for an approval and names nobody who may give it.`);
    const { requestedBy } = asked;
    const isWithoutRequester = persons.some(({ by }) => isBarredRequester(by, { ...ruling, ...asked }));
    const who = approvers.length === 1 ? approvers[0] : `${approvers.join(', ')}, who are not two persons`;
    if (isWithoutRequester && requestedBy)
        return denied(
            rule,
            `Rule "${rule}" asks for ${decision === 'two' ? 'two approvers' : 'an approval'} and names too few beside ${identityText(requestedBy)}, who asked for this fix.`,
        );
    return denied(rule, `Rule "${rule}" asks for two approvers and names only ${who}.`);
}

function denied(rule: string, reason: string): Ruling {
    return { rule, decision: 'deny', approvers: [], reason };
}

function membersOf(entry: Approver, policy: Policy): readonly Approver[] | undefined {
    if (!entry.startsWith(GATE_GROUP)) return [entry];
    const name = groupName(entry);
    return Object.hasOwn(policy.groups, name) ? policy.groups[name] : undefined;
}

function groupName(entry: Approver): string {
    return entry.slice(GATE_GROUP.length);
}
