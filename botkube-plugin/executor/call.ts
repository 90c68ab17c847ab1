import type { Identity } from '../../nodes/core/model/identity';
import type { Reply, ReplyTarget } from '../message/reply';

/** One execution, parsed: who asks for what, from where, with which configuration. */
export interface Call {
    /** First word after the plugin's name; `''` for the bare name. */
    verb: string;
    /** Words that are no flags, in order. */
    words: string[];
    flags: ReadonlyMap<string, string>;
    /** Undefined for automations and where the platform attests nobody: such a call never decides. */
    person?: Identity;
    /** The display name of an automation, when one calls. */
    automation?: string;
    target: ReplyTarget;
    signal: AbortSignal;
}

/** A command of the plugin. Rejects with a FixError, which becomes a message. */
export type Command<Parts> = (call: Call, parts: Parts) => Promise<Reply>;
