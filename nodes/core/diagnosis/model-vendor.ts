import { z } from 'zod';
import { FixError } from '../errors';
import type { LanguageModel } from './ports';

/** A text of a dialog in the languages of the editor. */
export type Words = Readonly<Record<'en-US' | 'zh-CN', string>>;

/** What every model is configured with, checked. */
export interface ModelSettings {
    /** Id of the vendor: the model answers with it, and incidents keep it. */
    vendor: string;
    /** Address of the server. */
    url: string;
    /** Empty for a server without keys. */
    apiKey: string;
    model: string;
    /** Longest wait for one answer, retries included, milliseconds. */
    timeoutMs: number;
    retries: number;
}

/** A field of the configuration that only some vendors have. */
export interface VendorField<Value extends string | number = string | number> {
    /** Checks the value and holds its default, its range or its pattern. */
    schema: z.ZodType<Value, Value | undefined>;
    label: Words;
    /** Stands behind the field. */
    unit?: Words;
    /** What to enter, one sentence. */
    cure: Words;
}

/** By name. A name means the same field in every vendor that has it, because a configuration keeps one value of it. */
export type VendorFields = Readonly<Record<string, VendorField>>;

/** The checked values of fields. */
export type FieldValues<Fields extends VendorFields> = {
    [Name in keyof Fields]: z.output<Fields[Name]['schema']>;
};

/** A model that the environment offers. */
export interface OfferedModel {
    model: string;
    /** Empty: the vendor's own. */
    url: string;
    apiKey?: string;
}

/** Why the environment offers no model, as words behind "the rule engine". */
export interface NoModel {
    reason: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A vendor of language models: all that the editor's dialog, the plugin's configuration and the quickstart know of it.
 * A new one is a module that exports its entry, and one line in the registry.
 */
export interface ModelVendor<Fields extends VendorFields = VendorFields> {
    /** What configurations name it by. */
    id: string;
    label: Words;
    /** Address used when the configuration has none. */
    url: string;
    /** Name of a model, as an example and for a quickstart that names none. */
    exampleModel: string;
    /** `at-own-url`: its own server needs an API key, a compatible one at another address may do without. */
    key: 'required' | 'at-own-url' | 'optional';
    /** Environment variable that usually holds the API key. */
    keyVariable?: string;
    fields: Fields;
    /** npm packages that `load` brings in: the plugin is bundled so that a start without a model does not read them. */
    packages: readonly string[];
    /** How the quickstart finds a model: `offer` is asked when `variable` is set. It does not reject. */
    environment: { variable: string; offer(environment: Environment): Promise<OfferedModel | NoModel> };
    /** Loads the SDK and makes the model; nothing is asked of the server. */
    load(settings: ModelSettings & FieldValues<Fields>): LanguageModel;
}

/** Does the vendor's server at this address need an API key? */
export function needsKey({ key, url: own }: Pick<ModelVendor, 'key' | 'url'>, url: string): boolean {
    return key === 'required' || (key === 'at-own-url' && url.replace(/\/+$/, '') === own);
}

/**
 * The vendor's own fields of a configuration, checked; numbers may be written as texts, as the editor keeps them.
 * Throws `CONFIG_INVALID` with field and cure.
 */
export function ownFields({ fields }: Pick<ModelVendor, 'fields'>, written: object): FieldValues<VendorFields> {
    return Object.fromEntries(
        Object.entries(fields).map(([name, { schema, cure }]) => {
            const value: unknown = Object.getOwnPropertyDescriptor(written, name)?.value;
            const isEmpty = typeof value === 'string' && value.trim() === '';
            const checked = schema.safeParse(
                fieldSchema(schema).type === 'string' || isEmpty ? value : numberIn(value),
            );
            if (checked.success) return [name, checked.data];
            throw new FixError('CONFIG_INVALID', `The field ${name} is ${isEmpty ? 'empty' : 'wrong'}.`, {
                field: name,
                cure: cure['en-US'],
            });
        }),
    );
}

function numberIn(value: unknown): unknown {
    return typeof value === 'string' ? Number(value) : value;
}

/** A field's JSON Schema: its type, default, range or pattern. */
export function fieldSchema(schema: VendorField['schema']): z.core.JSONSchema.BaseSchema {
    const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input' });
    return rest;
}
