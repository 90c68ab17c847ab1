import type { ModelVendor } from '../../core/diagnosis/model-vendor';
import { apiFor, loadOpenAi, OPENAI_URL } from './openai-model';

/** What distinguishes one server with OpenAI's API from another. */
type Compatible = Pick<ModelVendor, 'id' | 'label' | 'url' | 'exampleModel'> & {
    /** Environment variable of the API key, such as `OPENAI_API_KEY`: what comes before `_API_KEY` begins the others. */
    keyVariable: string;
};

/** A vendor whose server speaks OpenAI's API; at another address than its own, one without keys may answer. */
export function openAiCompatible(vendor: Compatible): ModelVendor {
    const { keyVariable, exampleModel } = vendor;
    const prefix = keyVariable.replace(/_API_KEY$/, '');
    return {
        ...vendor,
        key: 'at-own-url',
        fields: {},
        packages: ['openai'],
        environment: {
            variable: keyVariable,
            offer: async (environment) => ({
                model: environment[`${prefix}_MODEL`] ?? exampleModel,
                url: environment[`${prefix}_BASE_URL`] ?? '',
                apiKey: environment[keyVariable],
            }),
        },
        load: (settings) => loadOpenAi({ ...settings, api: apiFor(settings.url) }),
    };
}

/** OpenAI itself, and every compatible server that has no entry of its own. */
export const openai = openAiCompatible({
    id: 'openai',
    label: { 'en-US': 'OpenAI or a compatible server', 'zh-CN': 'OpenAI 或兼容服务器' },
    url: OPENAI_URL,
    exampleModel: 'gpt-5.4-mini',
    keyVariable: 'OPENAI_API_KEY',
});
