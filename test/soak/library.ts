import { readFile } from 'node:fs/promises';
import { ALERT, runbookOf } from '../support/line';
import { PlaybookLibrary } from '../support/playbook-library';
import type { Mark } from './judge';

/** So many hosts, all this machine: a fix whose end nobody knows keeps its host for minutes. */
const HOSTS = 150;
const LOCAL = 'ansible_connection=local ansible_python_interpreter=/usr/bin/python3';
const MARK = /^(note-\S+) .*\/runs\/([0-9a-f]{32})\/tmp$/;

/**
 * What alert names begin with. Nobody has a runbook for the first; what the runbook of the second looks for is not
 * there; the third has advice without a fix.
 */
export const STORM_ALERTS = { unknown: 'StormUnknown', unfounded: 'StormUnfounded', advice: 'StormAdvice' } as const;

const stormRunbook = (id: string, alerts: string, query: string): string => `id: ${id}
title: Alerts of a storm
alerts: ['alertname=~"${alerts}.*"']
knowledge: These alerts come by hundreds.
checks:
  - { id: seen, title: What Prometheus says, query: '${query}', holds: "== 1" }
causes:
  - { cause: 'A storm passes over {{cluster}}.', when: [seen], confidence: 0.7 }
`;

/** A library whose fix says on disk for which alert and by which plan it ran. */
export class SoakLibrary extends PlaybookLibrary {
    private readonly marksFile = this.path('ran');

    constructor() {
        super();
        this.write('inventory.ini', Array.from({ length: HOSTS }, (_host, index) => `h-${index} ${LOCAL}\n`).join(''));
        // The folder of a run is named by the nonce of its plan, and Ansible has its temporary files there.
        this.playbook(
            'fix',
            `- name: say that it runs
  ansible.builtin.shell: echo "$NOTE $ANSIBLE_LOCAL_TEMP" >> ${this.marksFile}
  environment: {NOTE: "{{ note }}"}
- name: work
  ansible.builtin.command: sleep 0.5
- name: write the note
  ansible.builtin.copy: {dest: "${this.path('notes')}-{{ note }}", content: "{{ note }}"}
`,
        );
        this.write('runbooks/service-stuck.yaml', runbookOf(['note'], '{ within: 40s }'));
        this.write('runbooks/unfounded.yaml', stormRunbook('unfounded', STORM_ALERTS.unfounded, 'vector(0)'));
        this.write('runbooks/advice.yaml', stormRunbook('advice', STORM_ALERTS.advice, 'vector(1)'));
    }

    /** Labels of the n-th alert that a fix is for. */
    labelsOf(number: number): Record<string, string> {
        return {
            alertname: `${ALERT}${number}`,
            host: `h-${number % HOSTS}`,
            note: `note-${number}`,
            severity: 'critical',
        };
    }

    /** Every run, in the order in which they began. Rejects when a line is none of the fix's. */
    async marks(): Promise<Mark[]> {
        const text = await readFile(this.marksFile, 'utf8').catch(() => '');
        return text
            .split('\n')
            .filter(Boolean)
            .map((line) => {
                const [, note, nonce] = MARK.exec(line) ?? [];
                if (note === undefined || nonce === undefined)
                    throw new Error(`the fix left a line that is not understood: ${line}`);
                return { note, nonce };
            });
    }
}
