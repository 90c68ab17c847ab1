import {
    type Environment,
    fieldSchema,
    type ModelSettings,
    type ModelVendor,
    type NoModel,
    needsKey,
    type OfferedModel,
    ownFields,
    type VendorField,
    type VendorFields,
    type Words,
} from '../core/diagnosis/model-vendor';
import type { LanguageModel } from '../core/diagnosis/ports';
import { FixError } from '../core/errors';
import { ollama } from './ollama/vendor';
import { openai } from './openai/vendor';

/** Every vendor of language models, in the order in which people choose; the first is the default. */
export const MODEL_VENDORS: readonly ModelVendor[] = [openai, ollama];

/** The vendor with this id. Throws `CONFIG_INVALID` with the field `vendor` and the ids that exist. */
export function vendorOf(id: string, vendors = MODEL_VENDORS): ModelVendor {
    const vendor = vendors.find((one) => one.id === id);
    if (vendor) return vendor;
    throw new FixError('CONFIG_INVALID', `There is no vendor of models "${id}".`, {
        field: 'vendor',
        cure: `Choose one of: ${vendors.map((one) => one.id).join(', ')}.`,
    });
}

/**
 * Checks what only this vendor asks for, its key and its own fields (members of `written`), and answers how to make
 * the model: the SDK is loaded then. Throws `CONFIG_INVALID` with field and cure.
 */
export function modelLoader(
    vendor: ModelVendor,
    common: Omit<ModelSettings, 'vendor'>,
    written: object,
): () => LanguageModel {
    const own = ownFields(vendor, written);
    if (common.apiKey === '' && needsKey(vendor, common.url)) {
        const { keyVariable } = vendor;
        const otherwise = keyVariable === undefined ? '' : `, or \${${keyVariable}} to take it from the environment`;
        throw new FixError('CONFIG_INVALID', 'The field apiKey is empty.', {
            field: 'apiKey',
            cure: `Enter the API key${otherwise}.`,
        });
    }
    return () => vendor.load({ ...own, ...common, vendor: vendor.id });
}

/** The fields that only some vendors have, all of them by name. */
export function vendorFields(vendors = MODEL_VENDORS): VendorFields {
    return Object.fromEntries(vendors.flatMap(({ fields }) => Object.entries(fields)));
}

/** What the editor's dialog knows of a vendor; plain JSON. */
export interface DialogVendor extends Pick<ModelVendor, 'id' | 'label' | 'url' | 'exampleModel' | 'key'> {
    keyVariable?: string;
    fields: { name: string; label: Words; unit?: Words; cure: Words; schema: ReturnType<typeof fieldSchema> }[];
}

/** The vendors as the editor's dialog needs them. */
export function dialogVendors(vendors = MODEL_VENDORS): DialogVendor[] {
    return vendors.map(({ id, label, url, exampleModel, key, keyVariable, fields }) => ({
        id,
        label,
        url,
        exampleModel,
        key,
        ...(keyVariable === undefined ? {} : { keyVariable }),
        fields: Object.entries(fields).map(([name, field]) => dialogField(name, field)),
    }));
}

function dialogField(name: string, { schema, ...texts }: VendorField): DialogVendor['fields'][number] {
    return { name, ...texts, schema: fieldSchema(schema) };
}

/** The model that the environment offers: of the first vendor whose variable is set. Does not reject. */
export async function offeredModel(
    environment: Environment,
    vendors = MODEL_VENDORS,
): Promise<(OfferedModel & { vendor: string }) | NoModel> {
    const vendor = vendors.find((one) => environment[one.environment.variable]);
    if (!vendor) {
        const variables = vendors.map((one) => one.environment.variable);
        return { reason: ` (set ${variables.join(' or ')} for a model)` };
    }
    const offered = await vendor.environment.offer(environment);
    return 'reason' in offered ? offered : { vendor: vendor.id, ...offered };
}
