import type { Clock } from '../clock';
import { asFixError, FixError } from '../errors';
import type { Diagnosis, DiagnosisSource } from '../model/diagnosis';
import type { Incident } from '../model/incident';
import { matchingRunbooks } from '../runbook/choose';
import { Agent, type Budget } from './agent';
import { checkResults } from './checks';
import { EvidenceLog } from './evidence';
import { type EvidenceTool, isModelTool } from './evidence-tool';
import { gatherEvidence } from './gather';
import type { LanguageModel } from './ports';
import { type Conclusion, concludeByRules, type RuleInput } from './rules';
import type { Sources } from './sources';
import { evidenceTools } from './tools';

/** A language model and what one diagnosis may cost; the model is loaded on first use. */
export interface ModelProvider {
    model(): Promise<LanguageModel>;
    budget: Budget;
}

export interface DiagnosisRequest extends Sources {
    incident: Incident;
    /** Without one the rule engine answers. */
    provider?: ModelProvider;
    /** Host names of the inventory, where they are known. */
    inventoryHosts?: readonly string[];
    signal: AbortSignal;
    clock: Clock;
}

/**
 * Finds the cause of an incident: gathers evidence, asks the model if there is one, and falls back to the rule
 * engine when the model fails or costs too much. Rejects only with `CANCELLED`, when `signal` is aborted.
 */
export async function diagnose(request: DiagnosisRequest): Promise<Diagnosis> {
    const { incident, runbooks, inventoryHosts, signal, clock } = request;
    const started = clock().getTime();
    const log = new EvidenceLog(clock);
    const matching = matchingRunbooks(runbooks, incident);
    const finish = (conclusion: Conclusion, source: Omit<DiagnosisSource, 'milliseconds'>): Diagnosis => ({
        ...conclusion,
        evidence: log.all(),
        source: { ...source, milliseconds: clock().getTime() - started },
        at: clock().toISOString(),
    });
    try {
        const tools = evidenceTools(request);
        const checks = checkResults(await gatherEvidence(tools, incident, log, signal));
        const ground = { incident, matching, checks, log, inventoryHosts };
        const { conclusion, source } = await concluded(request, ground, tools);
        return finish(conclusion, source);
    } catch (thrown) {
        if (!signal.aborted) throw thrown;
        throw new FixError('CANCELLED', 'The diagnosis was stopped because the node closes.', { cause: thrown });
    }
}

interface Concluded {
    conclusion: Conclusion;
    source: Omit<DiagnosisSource, 'milliseconds'>;
}

async function concluded(
    { provider, signal }: DiagnosisRequest,
    ground: RuleInput,
    tools: readonly EvidenceTool[],
): Promise<Concluded> {
    if (!provider) return { conclusion: concludeByRules(ground), source: { by: 'rules' } };

    const deadline = AbortSignal.timeout(provider.budget.deadlineSeconds * 1_000);
    let agent: Agent | undefined;
    try {
        agent = new Agent(await provider.model(), provider.budget, {
            ...ground,
            tools: tools.filter(isModelTool),
            signal: AbortSignal.any([signal, deadline]),
        });
        return { conclusion: await agent.conclude(), source: { by: 'model', ...agent.spent() } };
    } catch (thrown) {
        signal.throwIfAborted();
        const fallback = deadline.aborted
            ? `The model took longer than ${provider.budget.deadlineSeconds} s.`
            : asFixError(thrown).message;
        return { conclusion: concludeByRules(ground), source: { by: 'rules', ...agent?.spent(), fallback } };
    }
}

/** The newest step in a few words, for `msg.payload`. */
export function diagnosisText({ verdict, cause, proposal, reason }: Diagnosis): string {
    if (verdict === 'inconclusive') return `Inconclusive: ${cause}`;
    if (!proposal) return [cause, reason].filter(Boolean).join(' ');
    return `${cause} Proposed: ${proposal.title} on ${proposal.hosts.join(', ')}.`;
}
