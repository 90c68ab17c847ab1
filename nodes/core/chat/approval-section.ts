import { isShownAsSealed } from '../approval/as-sealed';
import type { Approval, ApprovalTerms, Decision } from '../model/approval';
import type { Identity } from '../model/identity';
import { identityText } from '../model/identity';
import type { Incident } from '../model/incident';
import { type Plan, shortSeal } from '../model/plan';
import { clip } from '../text/cut';
import { plainLine } from '../text/plain-text';
import type { CardDecision, CardSection } from './card';
import { callText } from './plan-section';
import { fill, type Texts } from './texts';
import { until, utc } from './when';

/** Who may decide, until when, and who has. */
export function approvalSection(plan: Plan, approval: Approval, now: Date, texts: Texts): CardSection {
    const { terms } = plan;
    const waiting = approval.state === 'waiting';
    const given = approval.decisions.filter(({ verdict }) => verdict === 'approve').length;
    const needs =
        approval.needed === 0
            ? texts.approval.automatic
            : approval.needed === 1
              ? texts.approval.needsOne
              : fill(texts.approval.needsTwo, { given });
    return {
        title: texts.approval.section,
        items: [
            ...(terms ? [fill(texts.approval.rule, { rule: plainLine(terms.rule) })] : []),
            ...(approval.state === 'denied' ? [] : [needs]),
            ...(terms && approval.needed > 0
                ? [fill(texts.approval.who, { who: approvers(terms.approvers, texts).join(', ') })]
                : []),
            ...(terms && approval.state !== 'denied' ? peopleLines(terms, texts) : []),
            ...(waiting ? [fill(texts.approval.waiting, { until: until(approval.expiresAt, now, texts) })] : []),
            ...approval.decisions.map((decision) => decisionLine(decision, texts)),
        ],
    };
}

/** Which accounts count as one person, and who asked for the fix. */
function peopleLines(
    { people = {}, requestedBy, decision, requesterMayApprove }: ApprovalTerms,
    texts: Texts,
): string[] {
    const several = Object.entries(people).filter(([, accounts]) => accounts.length > 1);
    const isBarred = decision === 'two' || (decision === 'one' && !requesterMayApprove);
    return [
        ...several.map(([name, accounts]) =>
            fill(texts.approval.onePerson, { name: plainLine(name), accounts: accounts.map(plainLine).join(', ') }),
        ),
        ...(requestedBy
            ? [
                  fill(isBarred ? texts.approval.askedBarred : texts.approval.asked, {
                      who: personText(requestedBy, texts),
                  }),
              ]
            : []),
    ];
}

/** The buttons; undefined when nobody can decide (any more). */
export function cardDecision(incident: Incident, now: Date, texts: Texts): CardDecision | undefined {
    const { stage, plan, seal, approval } = incident;
    if (stage !== 'waiting' || !plan || !seal || approval?.state !== 'waiting') return undefined;
    if (Date.parse(approval.expiresAt) <= now.getTime()) return undefined;
    if (!isShownAsSealed(incident, plan, seal)) return undefined;
    return {
        seal: seal.digest,
        approve: texts.approval.approve,
        reject: texts.approval.reject,
        confirm: fill(texts.approval.confirm, {
            playbook: clip(callText(plan.action, texts), 100),
            hosts: clip(plan.hosts.map(plainLine).join(', '), 120),
            seal: shortSeal(seal.digest),
        }),
        expiresAt: approval.expiresAt,
        approvers: approvers(plan.terms?.approvers ?? [], texts),
    };
}

/** Says why a card that waits has no buttons: the store holds something else than what was sealed. */
export function alteredSections({ stage, plan, seal, ...incident }: Incident, texts: Texts): CardSection[] {
    if (stage !== 'waiting' || !plan || !seal) return [];
    if (isShownAsSealed({ ...incident, stage, plan, seal }, plan, seal)) return [];
    return [{ title: texts.approval.altered, essential: true, body: texts.approval.alteredWhy }];
}

/** A person as a card names them; a rule by its name. */
function personText(by: Identity, texts: Texts): string {
    if (by.platform === 'policy') return fill(texts.approval.policy, { rule: plainLine(by.id) });
    const id = plainLine(identityText(by));
    return by.name ? `${clip(plainLine(by.name), 60)} (${id})` : id;
}

/** `Approved by … at …: reason`. */
export function decisionLine({ verdict, by, at, reason }: Decision, texts: Texts): string {
    const line = fill(verdict === 'approve' ? texts.approval.approvedBy : texts.approval.rejectedBy, {
        who: personText(by, texts),
        time: utc(at),
    });
    return reason ? fill(texts.approval.because, { line, reason: clip(plainLine(reason), 400) }) : line;
}

function approvers(list: readonly string[], texts: Texts): string[] {
    return list.length > 0 ? list.map(plainLine) : [texts.approval.anyone];
}
