import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chooseModel } from '../../../flows/quickstart/model';
import { MODEL_VENDORS } from '../../../nodes/adapters/models';
import { freePort } from '../../support/processes';

const VARIABLES = MODEL_VENDORS.map(({ environment }) => environment.variable);

/** Asks for the model while a server answers what Ollama answers to /api/tags with these models. */
async function chooseWith(names: string[], OLLAMA_MODEL?: string): Promise<{ host: string; chosen: unknown }> {
    const server = createServer((_request, response) =>
        response.end(JSON.stringify({ models: names.map((name) => ({ name })) })),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const chosen = await chooseModel({ OLLAMA_HOST: host, OLLAMA_MODEL });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    return { host, chosen };
}

test('without a setting the rule engine says which ones there are', async () => {
    expect(await chooseModel({})).toEqual({ reason: ` (set ${VARIABLES.join(' or ')} for a model)` });
});

test('an Ollama that does not answer is named, also when a model was asked for', async () => {
    const host = `127.0.0.1:${await freePort()}`;
    for (const OLLAMA_MODEL of [undefined, 'llama3.2']) {
        expect(await chooseModel({ OLLAMA_HOST: host, OLLAMA_MODEL })).toEqual({
            reason: `: Ollama at http://${host} does not answer`,
        });
    }
});

test('an Ollama without a model, or without the one asked for, is named', async () => {
    const none = await chooseWith([]);
    expect(none.chosen).toEqual({ reason: `: Ollama at http://${none.host} has no model` });
    const other = await chooseWith(['qwen3:latest'], 'llama3.2');
    expect(other.chosen).toEqual({ reason: `: Ollama at http://${other.host} has no model llama3.2` });
});

test('the first model of Ollama is taken, or the one asked for', async () => {
    const names = ['qwen3:latest', 'llama3.2:latest'];
    expect((await chooseWith(names)).chosen).toMatchObject({ vendor: 'ollama', model: 'qwen3:latest' });
    expect((await chooseWith(names, 'llama3.2')).chosen).toMatchObject({ vendor: 'ollama', model: 'llama3.2:latest' });
});
