import type { z } from 'zod';
import type { Evidence } from '../model/diagnosis';
import type { Incident } from '../model/incident';

/** What a source answered. The evidence log redacts and shortens it. */
export interface Answer {
    /** The answer as text. */
    result: string;
    /** The source has nothing on the question; absent when it has. */
    status?: 'no-data';
    /** The one number it came to. */
    value?: number;
    series?: Evidence['series'];
    /** For the check of a runbook: whether it holds. */
    holds?: boolean;
}

/** One question to a source, ready to be asked. */
export interface Question {
    title: string;
    /** What is asked, so that a person can ask it again, e.g. the PromQL. */
    query?: string;
    unit?: string;
    /** The check of a runbook that this question is a part of. The rules decide by whether it holds. */
    check?: { runbook: string; check: string };
    /** Asks. Rejects with a sentence for people when there is no answer; that becomes evidence, too. */
    answer(signal: AbortSignal): Promise<Answer>;
}

/**
 * A read-only source of evidence. The model's turn, the prompt and the loop are made from the list of tools
 * (`tools.ts`), so a new tool is one file and one line of that list.
 */
export interface EvidenceTool<Input = unknown> {
    /** Name in the model's JSON, and `kind` of its evidence: lower-case letters, digits and `_`. */
    readonly name: string;
    /** What it gives, one sentence for the prompt. Written by us: never the words of a foreign server. */
    readonly says: string;
    /**
     * Whether its answers may make a host the target of a fix: `true` all of them, `'initial'` only those to the
     * questions that code asks by itself. Default: none. Set it only when neither the model nor an earlier model
     * can choose what the answer names.
     */
    readonly mayNameHost?: boolean | 'initial';
    /** Longest text that is recorded of an answer, characters; default 2,000. */
    readonly longest?: number;
    /**
     * What the model fills in to ask; goes with `ask`. Without both, only code asks. Only required members, no maps
     * and no bounds: the rules of strict JSON output. The description of a member is shown to the model.
     */
    readonly input?: z.ZodType<Input>;
    /** The question behind an input of the model. The input has the right type and is otherwise unchecked. */
    ask?(input: Input, incident: Incident): Question;
    /** Questions that are asked about every incident, before the model. */
    initial?(incident: Incident): Question[];
}

/** A tool that the model may use. */
export type ModelTool = EvidenceTool & Required<Pick<EvidenceTool, 'input' | 'ask'>>;

/** Whether the model may use it. */
export function isModelTool(tool: EvidenceTool): tool is ModelTool {
    return tool.input !== undefined && tool.ask !== undefined;
}
