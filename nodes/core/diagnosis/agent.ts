import { FixError } from '../errors';
import type { DiagnosisSource } from '../model/diagnosis';
import { answerTo, impossible, recordAnswer } from './ask';
import { type AnswerGround, checkAnswer } from './check-answer';
import type { ModelTool, Question } from './evidence-tool';
import type { ChatMessage, LanguageModel } from './ports';
import { evidenceBlock, firstMessages } from './prompt';
import type { Conclusion } from './rules';
import { type ModelStep, type ModelToolCall, modelStep } from './step';

/** What one diagnosis may cost. Output tokens count like input tokens. */
export interface Budget {
    callsPerDiagnosis: number;
    tokensPerDiagnosis: number;
    deadlineSeconds: number;
}

/** Most tokens of one answer, thinking included. */
const LONGEST_ANSWER = 4_000;
/** A careful estimate for English and markup; the true count comes with each answer. */
const TOKENS_PER_CHARACTER = 1 / 3;

const LAST_TURN =
    'This is your last turn: give the answer now, with "tool": null. If you do not know, set "inconclusive" to true.';
const ONE_OF_TWO = 'Give exactly one of "tool" and "answer"; the other is null.';

/** What the model works on. */
export interface AgentGround extends AnswerGround {
    tools: readonly ModelTool[];
    signal: AbortSignal;
}

/** The model loop over read-only tools. One object serves one diagnosis. */
export class Agent {
    private readonly messages: ChatMessage[];
    private readonly asked = new Map<string, string>();
    private readonly usage: NonNullable<DiagnosisSource['usage']> = { inputTokens: 0, outputTokens: 0, calls: 0 };
    private readonly requestIds: string[] = [];
    private readonly schema: ReturnType<typeof modelStep>;

    constructor(
        private readonly model: LanguageModel,
        private readonly budget: Budget,
        private readonly ground: AgentGround,
    ) {
        const { incident, matching, tools, log } = ground;
        this.schema = modelStep(tools);
        this.messages = firstMessages(incident, matching, tools, log.all());
    }

    /** What it has cost so far. */
    spent(): Pick<DiagnosisSource, 'vendor' | 'model' | 'usage' | 'requestIds'> {
        const { vendor, model } = this.model;
        return { vendor, model, usage: { ...this.usage }, requestIds: [...this.requestIds] };
    }

    /**
     * Lets the model ask and answer until it concludes. Throws `BUDGET_EXCEEDED`, and what the model throws;
     * rejects when the ground's signal is aborted.
     */
    async conclude(): Promise<Conclusion> {
        for (;;) {
            const step = await this.turn();
            if (step.answer) return checkAnswer(step.answer, this.ground);
            this.messages.push({ role: 'assistant', content: JSON.stringify(step) });
            this.messages.push({ role: 'user', content: step.tool ? await this.reply(step.tool) : ONE_OF_TWO });
        }
    }

    private async turn(): Promise<ModelStep> {
        const maxOutputTokens = this.roomForAnswer();
        const last = this.usage.calls === this.budget.callsPerDiagnosis - 1;
        this.usage.calls += 1;
        const answer = await this.model.answer({
            messages: last ? withNote(this.messages, LAST_TURN) : [...this.messages],
            schemaName: 'diagnosis_step',
            schema: this.schema,
            maxOutputTokens,
            signal: this.ground.signal,
        });
        this.usage.inputTokens += answer.usage.inputTokens;
        this.usage.outputTokens += answer.usage.outputTokens;
        if (answer.usage.uncounted) this.usage.uncounted = (this.usage.uncounted ?? 0) + 1;
        if (answer.requestId !== undefined) this.requestIds.push(answer.requestId);
        return answer.value;
    }

    /** Output tokens the next call may use; throws when a limit is reached. */
    private roomForAnswer(): number {
        const { callsPerDiagnosis, tokensPerDiagnosis } = this.budget;
        if (this.usage.calls >= callsPerDiagnosis) {
            throw exceeded(`The model did not conclude within ${callsPerDiagnosis} calls.`, 'callsPerDiagnosis');
        }
        const characters = this.messages.reduce((sum, { content }) => sum + content.length, 0);
        const used = this.usage.inputTokens + this.usage.outputTokens;
        const left = tokensPerDiagnosis - used - Math.ceil(characters * TOKENS_PER_CHARACTER);
        if (left < 200)
            throw exceeded(`The diagnosis would take more than ${tokensPerDiagnosis} tokens.`, 'tokensPerDiagnosis');
        return Math.min(LONGEST_ANSWER, left);
    }

    private async reply(call: ModelToolCall): Promise<string> {
        const { incident, tools, log, signal } = this.ground;
        const tool = tools.find(({ name }) => name === call.name);
        if (!tool) return `There is no tool "${call.name}".`;
        const key = `${tool.name} ${inputText(call.input)}`;
        const before = this.asked.get(key);
        if (before !== undefined) return `You asked this before: see ${before}. Ask something else, or answer.`;
        const question = questionOf(tool, call.input, incident);
        const { evidence } = recordAnswer(log, tool, question, await answerTo(question, signal), 'model');
        this.asked.set(key, evidence.id);
        return evidenceBlock(evidence);
    }
}

function questionOf(tool: ModelTool, input: unknown, incident: AgentGround['incident']): Question {
    try {
        return tool.ask(input, incident);
    } catch (thrown) {
        return impossible(`Question to ${tool.name}`, inputText(input), thrown);
    }
}

/** An input as text; white space around a value does not make it another question. */
function inputText(input: unknown): string {
    return JSON.stringify(input, (_name, value) => (typeof value === 'string' ? value.trim() : value)) ?? '';
}

function withNote(messages: readonly ChatMessage[], note: string): ChatMessage[] {
    const last = messages.at(-1);
    if (last?.role !== 'user') return [...messages, { role: 'user', content: note }];
    return [...messages.slice(0, -1), { ...last, content: `${last.content}\n\n${note}` }];
}

function exceeded(message: string, field: string): FixError {
    return new FixError('BUDGET_EXCEEDED', message, {
        field,
        cure: 'Raise the limit in the LLM provider, or give the runbook more checks.',
    });
}
