import { asFixError } from '../../../nodes/core/errors';
import { counted } from '../../../nodes/core/incident/summary';
import { cut } from '../../../nodes/core/text/cut';
import type { Command } from '../call';
import { chatFailure } from '../failure-reply';
import type { Parts } from '../parts';
import { redisPlace } from '../redis-options';

const NOT_CONFIGURED = 'not configured';

/** Health of store, keys, runbooks, model, Prometheus and Alertmanager. Never rejects because one of them is down. */
export const status: Command<Parts> = async ({ signal }, parts) => {
    const checks: [string, Promise<string>][] = [
        ['Store', told(() => storeState(parts))],
        ['Decisions', told(async () => decisionState(parts))],
        ['Runbooks', told(async () => runbookState(parts))],
        ['Model', told(() => modelState(parts, signal))],
        ['Prometheus', told(() => prometheusState(parts, signal))],
        ['Alertmanager', told(() => alertmanagerState(parts, signal))],
    ];
    const fields = await Promise.all(checks.map(async ([label, state]) => ({ label, value: await state })));
    const troubled = fields.filter(({ value }) => value.startsWith('✗'));
    return {
        sections: [
            {
                title:
                    troubled.length === 0
                        ? 'All that is configured works'
                        : `Trouble with ${troubled.map(({ label }) => label).join(', ')}`,
                fields,
                buttons: [
                    { label: 'Check again', command: 'fix status' },
                    { label: 'Alerts', command: 'fix alerts' },
                ],
            },
        ],
    };
};

async function told(state: () => Promise<string>): Promise<string> {
    try {
        return await state();
    } catch (thrown) {
        return `✗ ${chatFailure(asFixError(thrown))}`;
    }
}

async function storeState(parts: Parts): Promise<string> {
    const { redis } = parts.config;
    if (!redis) return NOT_CONFIGURED;
    const { store } = await parts.incidents();
    const stages = await store.countByStage();
    const total = Object.values(stages).reduce((sum, count) => sum + count, 0);
    return `✓ Redis ${redisPlace(redis)}, ${counted(total, 'incident')}, ${stages.waiting ?? 0} waiting`;
}

function decisionState(parts: Parts): string {
    if (!parts.config.mayDecide) return 'not in this channel';
    parts.keys();
    return parts.hasStore ? '✓ allowed in this channel' : '✗ need redis';
}

function runbookState(parts: Parts): string {
    const library = parts.library();
    const problems = library.problems();
    const [first] = problems;
    const served = counted(library.runbooks().length, 'runbook');
    return first === undefined
        ? `✓ ${served}`
        : `✗ ${served}, ${counted(problems.length, 'problem')}: ${cut(first.message, 300)}`;
}

/** The server is asked whether it has the model; the model is asked nothing, for a question would cost. */
async function modelState(parts: Parts, signal: AbortSignal): Promise<string> {
    const provider = parts.provider();
    if (!provider) return 'not configured: the rules of the runbooks answer';
    const model = await provider.model();
    const name = `${model.vendor} ${model.model}`;
    const checked = await model.check?.(signal);
    if (!checked) return `${name}, not asked`;
    return checked.known
        ? `✓ ${name}: its server has it (${checked.asked}); no question was put`
        : `? ${name}: its server answers, but does not list it (${checked.asked}); the first diagnosis will tell`;
}

async function prometheusState(parts: Parts, signal: AbortSignal): Promise<string> {
    const metrics = parts.metrics();
    if (!metrics) return NOT_CONFIGURED;
    await metrics.query('vector(1)', signal);
    return `✓ ${parts.config.prometheus?.url ?? ''}`;
}

async function alertmanagerState(parts: Parts, signal: AbortSignal): Promise<string> {
    const alerts = parts.alerts();
    if (!alerts) return NOT_CONFIGURED;
    const firing = await alerts.firing({}, signal);
    return `✓ ${parts.config.alertmanager?.url ?? ''}, ${counted(firing.length, 'alert')} firing`;
}
