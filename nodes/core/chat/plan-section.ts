import type { Proposal } from '../model/diagnosis';
import type { DryRun, Plan } from '../model/plan';
import type { ParameterValue, PlaybookCall } from '../model/runbook';
import { plainCode, plainLine } from '../text/plain-text';
import type { CardSection } from './card';
import { countLines } from './count-lines';
import { fill, type Texts } from './texts';
import { unseenSections } from './unseen-section';
import { span } from './when';

/** What was proposed, before there is a plan. */
export function proposalSection(proposal: Proposal, texts: Texts): CardSection {
    return {
        title: fill(texts.plan.proposal, { title: plainLine(proposal.title) }),
        items: [hostsLine(proposal.hosts, texts), ...parameterLines(proposal.parameters, texts)],
    };
}

/**
 * The exact fix, uncut: playbook, hosts, parameters, risk, rollback, verification; what the dry run cannot show; the
 * dry run with its diff. `inThread`: the whole dry run has been sent into the card's thread.
 */
export function planSections(plan: Plan, texts: Texts, inThread: boolean): CardSection[] {
    const { action, verify } = plan;
    const within = span(verify.withinSeconds, texts);
    return [
        {
            title: fill(texts.plan.fix, { title: plainLine(action.title) }),
            essential: true,
            items: [
                ...(action.approval === undefined ? [] : [fill(texts.plan.hint, { hint: plainLine(action.approval) })]),
                fill(texts.plan.playbook, { playbook: callText(action, texts) }),
                hostsLine(plan.hosts, texts),
                ...(plan.dryRun.becomes
                    ? [fill(texts.plan.becomes, { users: plan.dryRun.becomes.map(plainLine).join(', ') })]
                    : []),
                ...parameterLines(plan.parameters, texts),
                fill(texts.plan.risk, { risk: texts.risk[action.risk] }),
                plan.rollback
                    ? fill(texts.plan.rollback, { playbook: callText(plan.rollback, texts) })
                    : texts.plan.noRollback,
                verify.check === undefined
                    ? fill(texts.plan.verify, { span: within })
                    : fill(texts.plan.verifyCheck, { span: within, check: plainLine(verify.check) }),
                fill(texts.plan.limit, { span: span(plan.timeoutSeconds, texts) }),
            ],
        },
        ...unseenSections(plan, texts),
        dryRunSection(plan.dryRun, texts, inThread),
    ];
}

/** `playbooks/x.yml (only tags: a, b)`. */
export function callText({ playbook, tags }: PlaybookCall, texts: Texts): string {
    const only = tags && tags.length > 0 ? ` (${fill(texts.plan.tags, { tags: tags.join(', ') })})` : '';
    return plainLine(playbook + only);
}

function dryRunSection({ hosts, tasks, preview }: DryRun, texts: Texts, inThread: boolean): CardSection {
    const code = tasks
        .map((task) => {
            const heading = fill(texts.plan.noDiff, {
                status: task.status,
                host: task.host,
                task: plainLine(task.task),
            });
            return [`# ${heading}`, task.diff?.trimEnd(), task.status === 'failed' ? task.message : undefined]
                .filter(Boolean)
                .join('\n');
        })
        .join('\n');
    const note = preview && fill(inThread ? texts.plan.wholeThread : texts.plan.wholePage, { lines: preview.lines });
    return {
        title: texts.plan.dryRun,
        wholeOrFile: true,
        ...(code === '' ? { body: texts.plan.noChange } : { code: plainCode(code) }),
        items: [
            ...countLines(texts.plan.counts, hosts),
            ...(preview && preview.redacted > 0 ? [fill(texts.plan.redacted, { n: preview.redacted })] : []),
            ...(preview?.cut && note ? [note] : []),
        ],
        ...(preview && note
            ? { file: { digest: preview.digest, lines: preview.lines, cut: preview.cut ?? false, note } }
            : {}),
    };
}

function hostsLine(hosts: string[], texts: Texts): string {
    return fill(texts.plan.hosts, { hosts: hosts.map(plainLine).join(', ') });
}

function parameterLines(parameters: Record<string, ParameterValue>, texts: Texts): string[] {
    const lines = Object.entries(parameters).map(([name, value]) =>
        fill(texts.plan.parameter, {
            name: plainLine(name),
            value: plainCode(typeof value === 'string' ? JSON.stringify(value) : String(value)),
        }),
    );
    return lines.length > 0 ? lines : [texts.plan.noParameters];
}
