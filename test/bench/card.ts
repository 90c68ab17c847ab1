import { startNodeRed } from '../support/node-red-process';
import { PlaybookLibrary } from '../support/playbook-library';
import { until } from '../support/processes';
import { startPrometheus } from '../support/prometheus';
import { aim, type Effort, type Measurement, milliseconds, percentile } from './figures';
import { alertIn, storeNode, tab } from './flows';
import { type LoadResult, load, reserveIds } from './load';
import { webhookBody } from './webhook-bodies';

const PER_SECOND = 20;
const AIM_MS = 50;

const RUNBOOK = `id: bench
title: A runbook with two checks and one fix
alerts:
  - alertname="BenchUnknown"
knowledge: Write the file anew.
checks:
  - { id: reached, title: Whether Prometheus reaches itself, query: 'max(up{job="self"})', holds: "== 1" }
  - { id: asked, title: Whether the host is asked about, query: 'vector(1) or up{instance="{{instance}}"}', holds: "> 0" }
causes:
  - { cause: 'The file of {{instance}} is old.', when: [reached, asked], confidence: 0.8, action: write }
actions:
  - id: write
    title: Write the file
    description: Writes the file.
    risk: low
    playbook: playbooks/write.yml
    target: =web-1
    verify: { within: 1m }
`;

/**
 * From the webhook's request to the posted card: alert-in, recall, diagnosis by rules, chat-out on the incident page.
 */
export async function measureCard(effort: Effort): Promise<Measurement[]> {
    const seconds = effort.quick ? 5 : 20;
    effort.progress(`alert to card, ${PER_SECOND} alerts/s for ${seconds} s`);
    const library = new PlaybookLibrary();
    library.playbook('write', '- name: write\n  copy: {dest: /tmp/bench, content: x}');
    library.write('runbooks/bench.yaml', RUNBOOK);
    const prometheus = await startPrometheus();
    const nodeRed = await startNodeRed();
    try {
        await nodeRed.deploy(cardFlow(library.folder, prometheus.url));
        const run = async (length: number): Promise<number[]> => {
            const firstId = reserveIds();
            const sent = await load({
                url: `${nodeRed.url}/alerts`,
                seconds: length,
                pace: { perSecond: PER_SECOND },
                bodies: [webhookBody(1, '%ID%')],
                firstId,
            });
            return latenciesOf(nodeRed.url, sent, firstId);
        };
        await run(3);
        const latencies = await run(seconds);
        const p99 = percentile(latencies, 0.99);
        return [
            {
                title: `Alert to posted card without a model, ${PER_SECOND} alerts/s, embedded store`,
                figures: [
                    { name: 'p50', value: milliseconds(percentile(latencies, 0.5)) },
                    { name: 'p99', value: milliseconds(p99), aim: aim(p99, 'at most', AIM_MS, ' ms') },
                ],
            },
        ];
    } finally {
        await nodeRed.remove();
        await prometheus.stop();
        library.remove();
    }
}

/** Milliseconds from when each alert was due to when its card had been posted. */
async function latenciesOf(url: string, sent: LoadResult, firstId: number): Promise<number[]> {
    let posted: Record<string, number> = {};
    const instance = (index: number): string =>
        `web-0.${(firstId + index).toString(16).padStart(12, '0')}.example.org:9100`;
    const known = (): number[] =>
        Array.from({ length: sent.requests }, (_, index) => posted[instance(index)]).flatMap((at, index) =>
            at === undefined ? [] : [at - (sent.begunAt + (index * 1000) / PER_SECOND)],
        );
    await until(async () => {
        posted = (await (await fetch(`${url}/posted`)).json()) as Record<string, number>;
        return known().length === sent.requests;
    }, 30_000);
    return known();
}

function cardFlow(library: string, prometheus: string): object[] {
    const place = { z: 'tab', name: '', x: 1, y: 1 };
    return [
        tab,
        storeNode(),
        { id: 'library', type: 'runbook-library', name: '', source: 'folder', folder: library, inventory: '' },
        {
            id: 'prometheus',
            type: 'prometheus-server',
            name: '',
            url: prometheus,
            alertmanagerUrl: '',
            auth: 'none',
            timeout: '10',
        },
        {
            id: 'channel',
            type: 'chat-channel',
            name: '',
            platform: 'page',
            language: 'en-US',
            store: 'store',
            channel: '',
            pageUrl: '',
            apiUrl: '',
        },
        alertIn('alerts', 'group', ['recall']),
        {
            ...place,
            id: 'recall',
            type: 'redis-memory',
            store: 'store',
            mode: 'recall',
            limit: '5',
            wires: [['diagnose']],
        },
        {
            ...place,
            id: 'diagnose',
            type: 'llm-diagnose',
            store: 'store',
            library: 'library',
            prometheus: 'prometheus',
            provider: '',
            concurrency: '2',
            wires: [['card'], ['card']],
        },
        {
            ...place,
            id: 'card',
            type: 'chat-out',
            chat: 'channel',
            store: 'store',
            target: '',
            targetType: 'str',
            wires: [['note']],
        },
        functionNode(
            'note',
            "const posted = flow.get('posted') ?? {}; posted[msg.incident.labels.instance] = Date.now(); flow.set('posted', posted);",
            [],
        ),
        {
            ...place,
            id: 'ask',
            type: 'http in',
            url: '/posted',
            method: 'get',
            upload: false,
            swaggerDoc: '',
            wires: [['tell']],
        },
        functionNode('tell', "msg.payload = flow.get('posted') ?? {}; return msg;", ['answer']),
        { ...place, id: 'answer', type: 'http response', statusCode: '', headers: {}, wires: [] },
    ];
}

function functionNode(id: string, func: string, wires: string[]): object {
    return {
        id,
        type: 'function',
        z: 'tab',
        name: '',
        func,
        outputs: 1,
        timeout: 0,
        noerr: 0,
        initialize: '',
        finalize: '',
        libs: [],
        x: 1,
        y: 1,
        wires: [wires],
    };
}
