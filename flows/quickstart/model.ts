import { offeredModel } from '../../nodes/adapters/models';
import type { NoModel } from '../../nodes/core/diagnosis/model-vendor';

/** The model that a quickstart diagnoses with. */
export interface ModelChoice {
    /** Id of a vendor in the registry. */
    vendor: string;
    model: string;
    /** Empty: the vendor's own address. */
    baseUrl: string;
    apiKey?: string;
}

/** The model that the environment offers, or why the rule engine diagnoses. Does not reject. */
export async function chooseModel(env: NodeJS.ProcessEnv): Promise<ModelChoice | NoModel> {
    const offered = await offeredModel(env);
    if ('reason' in offered) return offered;
    const { url, ...rest } = offered;
    return { ...rest, baseUrl: url };
}
