import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { AnsibleExecutor } from '../../nodes/adapters/ansible/executor';
import { newNonce } from '../../nodes/core/incident/id';
import { executeFix } from '../../nodes/core/remediation/execute';
import { makePlan } from '../../nodes/core/remediation/make-plan';
import { control, FixScene } from '../support/fix-scene';
import { aim, type Effort, type Figure, type Measurement, median, milliseconds } from './figures';

const AIM = 1.05;

/** Ten short tasks, as a small fix has them. */
const TASKS = [
    '- name: write\n  copy: {dest: "{{ playbook_dir }}/../../conf", content: "{{ value }}\\n"}',
    ...Array.from(
        { length: 9 },
        (_, index) =>
            `- name: look ${index}\n  command: {argv: ["test", "-f", "{{ playbook_dir }}/../../conf"]}\n  changed_when: false`,
    ),
].join('\n');

/** `ansible-exec` next to the bare `ansible-playbook`, on the same playbook, in turns. */
export async function measureAnsible(effort: Effort): Promise<Measurement[]> {
    const scene = await new FixScene({ tasks: TASKS, verify: '{ within: 1m }' }).open();
    scene.onAsk = () => {
        scene.alertState = scene.conf() === 'good' ? 'cleared' : 'firing';
    };
    const times = { bare: [] as number[], adapter: [] as number[], node: [] as number[] };
    try {
        for (let round = 0; round < (effort.quick ? 3 : 6); round += 1) {
            effort.progress(`ansible-exec, round ${round + 1}`);
            const pass = [
                await timed(scene, () => bare(scene)),
                await timed(scene, () => adapter(scene)),
                await wholeRun(scene),
            ] as const;
            // The first round warms up the disk's cache and Python's.
            if (round === 0) continue;
            times.bare.push(pass[0]);
            times.adapter.push(pass[1]);
            times.node.push(pass[2]);
        }
    } finally {
        await scene.close();
    }
    return [
        {
            title: 'ansible-exec next to the bare ansible-playbook, ten tasks on this machine, medians',
            figures: [
                compared('the run alone', times.adapter, times.bare, AIM),
                compared('run node: checks, repeated dry run, run, first look at the alert', times.node, times.bare),
            ],
        },
    ];
}

function compared(name: string, ours: number[], bareTimes: number[], most?: number): Figure {
    const ratio = median(ours.map((time, round) => time / (bareTimes[round] ?? NaN)));
    return {
        name,
        ratio,
        value: milliseconds(median(ours)),
        yardstick: milliseconds(median(bareTimes)),
        ...(most === undefined ? {} : { aim: aim(ratio, 'at most', most) }),
    };
}

/** Milliseconds of the work, which has to mend the configuration. */
async function timed(scene: FixScene, work: () => Promise<unknown>): Promise<number> {
    scene.library.write('../conf', 'bad\n');
    const begun = performance.now();
    await work();
    const took = performance.now() - begun;
    if (scene.conf() !== 'good') throw new Error('the playbook did not do its work');
    return took;
}

async function bare({ library }: FixScene): Promise<void> {
    const variables = path.join(library.root, 'variables.json');
    writeFileSync(variables, JSON.stringify({ value: 'good' }));
    const args = [
        '--inventory',
        library.inventory,
        '--limit',
        'web-1',
        '--extra-vars',
        `@${variables}`,
        '--diff',
        path.join(library.folder, 'playbooks/fix.yml'),
    ];
    const child = spawn('ansible-playbook', args, {
        cwd: library.folder,
        stdio: 'ignore',
        env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    });
    const code = await new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve));
    if (code !== 0) throw new Error(`ansible-playbook ended with ${String(code)}`);
}

async function adapter({ library }: FixScene): Promise<void> {
    const executor = new AnsibleExecutor({ library, folder: library.root });
    const outcome = await executor.run(
        {
            nonce: newNonce(),
            purpose: 'run',
            content: await executor.seal(),
            call: { playbook: 'playbooks/fix.yml' },
            hosts: ['web-1'],
            parameters: { value: 'good' },
            timeoutSeconds: 60,
        },
        {},
        control(),
    );
    if (outcome.status !== 'succeeded') throw new Error(`the run was ${outcome.status}: ${outcome.reason}`);
}

/** The planned and approved fix, from the message to its verification; plan and approval are not in the time. */
async function wholeRun(scene: FixScene): Promise<number> {
    scene.alertState = 'firing';
    scene.library.write('../conf', 'bad\n');
    const { id } = await scene.diagnosed();
    await makePlan(scene.parts(), id, control());
    await scene.approve(id);
    return timed(scene, async () => {
        const { stage, reason } = await executeFix(scene.parts(), id, control());
        if (stage !== 'closed') throw new Error(`the incident ended ${stage}: ${reason}`);
    });
}
