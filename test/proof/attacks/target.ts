import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import type { RunbookFolderOptions } from '../../../nodes/adapters/runbook-folder/runbook-folder';
import { aboutOf } from '../../../nodes/core/approval/as-sealed';
import { decide } from '../../../nodes/core/approval/decide';
import { withdrawing } from '../../../nodes/core/approval/withdraw';
import { endingDiagnosis } from '../../../nodes/core/diagnosis/transitions';
import { newNonce } from '../../../nodes/core/incident/id';
import { endedSince, reopening } from '../../../nodes/core/intake/reopen';
import type { Decision } from '../../../nodes/core/model/approval';
import type { Identity } from '../../../nodes/core/model/identity';
import type { Incident } from '../../../nodes/core/model/incident';
import type { Plan } from '../../../nodes/core/model/plan';
import { executeFix } from '../../../nodes/core/remediation/execute';
import { makePlan } from '../../../nodes/core/remediation/make-plan';
import type { RemediationParts } from '../../../nodes/core/remediation/parts';
import type { Transition } from '../../../nodes/core/store/incidents';
import { control, FixScene, type SceneOptions } from '../../support/fix-scene';
import type { PlaybookLibrary } from '../../support/playbook-library';
import { until } from '../../support/processes';

export const ALICE: Identity = { platform: 'page', id: 'alice' };
export const BOB: Identity = { platform: 'page', id: 'bob' };
export const MALLORY: Identity = { platform: 'page', id: 'mallory' };

/** What lies beside the library and stays when the world is restored. */
const KEPT = ['library', 'kept', 'runs', 'sealed', 'conf'];

/** How far the honest part of a case goes. */
export type Begin = 'diagnosed' | 'planned' | 'waiting' | 'approved';

/** YAML of a task that leaves a line on disk when it really runs; a dry run passes it by. */
export function leavesMark(library: PlaybookLibrary, mark: string): string {
    return `- name: leave a mark\n  ansible.builtin.shell: echo ${mark} >> "${library.path('marks')}"\n`;
}

/**
 * A fix that leaves the mark `ran` on disk each time it runs, with all its real parts; its alert clears when it has
 * run.
 */
export class Target extends FixScene {
    /** Where the library lies, when that is not where it was written. */
    libraryFolder?: string;
    inventory?: string;
    private planned?: Incident;

    constructor(options: SceneOptions = {}) {
        super(options);
        if (options.tasks === undefined) this.library.playbook('fix', leavesMark(this.library, 'ran'));
        this.setWorld();
    }

    protected override libraryPlace(): RunbookFolderOptions {
        return { folder: this.libraryFolder ?? this.library.folder, inventory: this.inventory };
    }

    /** Plans once, and keeps the library as it is now, so that many cases can begin from there. */
    async share(): Promise<void> {
        this.planned = await this.bring('planned');
        cpSync(this.library.folder, this.library.path('kept'), { recursive: true, verbatimSymlinks: true });
    }

    /** The library, the policy, the clock and the alert as they were, and a planned incident that no case has seen. */
    async restored(options: SceneOptions = {}): Promise<Incident> {
        if (!this.planned?.plan) throw new Error('nothing is shared');
        rmSync(this.library.folder, { recursive: true, force: true });
        cpSync(this.library.path('kept'), this.library.folder, { recursive: true, verbatimSymlinks: true });
        for (const name of readdirSync(this.library.root))
            if (!KEPT.includes(name)) rmSync(this.library.path(name), { recursive: true });
        this.library.write('../conf', 'bad\n');
        const { tasks, rollback, verify, hosts } = this.options;
        this.options = { tasks, rollback, verify, hosts, ...options };
        this.setWorld();
        return this.again(this.planned.plan);
    }

    /** A new incident with this plan, which is not yet sealed. */
    private async again({ terms: _terms, ...plan }: Plan): Promise<Incident> {
        const { id } = await this.diagnosed();
        const nonce = newNonce();
        const { previews } = this.storage.store;
        await previews.keep(id, nonce, (await previews.read(plan.incidentId, plan.nonce)) ?? '');
        return this.change(id, (incident) => ({
            incident: this.asPlanned({
                ...incident,
                stage: 'planned',
                plan: { ...plan, incidentId: id, nonce, about: aboutOf(incident) },
            }),
            entries: [{ type: 'plan.made', by: 'node:ansible-exec', text: 'Planned.' }],
        }));
    }

    private setWorld(): void {
        this.policy = this.policyWith({});
        this.directory = undefined;
        this.clock = () => new Date();
        this.alertState = 'firing';
        this.onAsk = () => {
            if (this.marks().length > 0) this.alertState = 'cleared';
        };
    }

    /** What has really run so far: one word a run of a task that leaves a mark. */
    marks(): string[] {
        const file = this.library.path('marks');
        return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
    }

    /** Brings a new incident so far, the honest way. */
    async bring(to: Begin, people: Identity[] = [ALICE]): Promise<Incident> {
        const incident = await this.diagnosed();
        if (to === 'diagnosed') return incident;
        const planned = await makePlan(this.parts(), incident.id, control());
        if (planned.stage !== 'planned') throw new Error(`the honest part failed: ${planned.reason}`);
        return to === 'planned' ? planned : this.approve(incident.id, to === 'waiting' ? [] : people);
    }

    /** These people approve a fix that waits. */
    async approveAs(id: string, people: readonly Identity[]): Promise<void> {
        for (const by of people) await this.decided(id, 'approve', by);
    }

    async rejectAs(id: string, by: Identity): Promise<void> {
        await this.decided(id, 'reject', by);
    }

    /** The diagnosis step itself was led to this: it is signed, and only what it says is wrong. */
    async concluded(id: string, change: (incident: Incident) => Incident): Promise<void> {
        await this.tamper(id, (incident) => this.asDiagnosed(change(incident)));
    }

    /** The fix ends unrun; `ask` has it diagnosed again, which concludes the same; then it is planned and offered anew. */
    async askedAgain(id: string, ask: (ended: Incident) => Promise<unknown>): Promise<Incident> {
        const { diagnosis } = await this.stored(id);
        if (!diagnosis) throw new Error('nothing was diagnosed');
        await ask(await this.change(id, withdrawing('Not now.', 'node:test')));
        await this.change(id, endingDiagnosis(diagnosis));
        await makePlan(this.parts(), id, control());
        return this.approve(id, []);
    }

    /** The same, asked for with *Diagnose again* on the incident page. */
    askedOnPageBy(id: string, by: Identity): Promise<Incident> {
        return this.askedAgain(id, (ended) => this.change(id, reopening(by, endedSince(ended))));
    }

    /** Another incident with the same plan, rightly approved. */
    async another(like: Incident): Promise<Incident> {
        if (!like.plan) throw new Error('there is no plan');
        return this.approve((await this.again(like.plan)).id);
    }

    private async decided(id: string, verdict: Decision['verdict'], by: Identity): Promise<void> {
        const {
            keys,
            directory,
            storage: { incidents },
        } = this;
        await decide(
            { incidents, keys, directory },
            { incidentId: id, seal: (await this.stored(id)).seal?.digest ?? '', verdict, by },
        );
    }

    async stored(id: string): Promise<Incident> {
        return (await this.storage.incidents.get(id)).incident;
    }

    /** The executor is told to run it. */
    async run(id: string, changes: Partial<RemediationParts> = {}): Promise<Incident> {
        return executeFix(this.parts(changes), id, control());
    }

    /** All that the flow does from here on: dry run, approval, run; ends where something is refused. */
    async carryOn(id: string, from: Begin, people: Identity[] = [ALICE]): Promise<Incident> {
        const { stage, reason } =
            from === 'diagnosed' ? await makePlan(this.parts(), id, control()) : await this.stored(id);
        if (reason !== undefined && from === 'diagnosed') return this.stored(id);
        if (stage === 'planned') {
            const gated = await this.approve(id, people);
            if (gated.stage === 'refused') return gated;
        }
        const now = await this.stored(id);
        if (now.approval?.state === 'denied') return now;
        return this.run(id);
    }

    /** Rewrites the stored incident as only a node may. */
    async change(id: string, transition: Transition): Promise<Incident> {
        return this.storage.incidents.change(id, transition);
    }

    /** Waits until no program of this fix is alive. */
    async settled(): Promise<void> {
        await until(() => !programs().some((command) => command.includes(this.library.root)));
    }
}

function programs(): string[] {
    return readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .map((pid) => {
            try {
                return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
            } catch {
                return '';
            }
        });
}
