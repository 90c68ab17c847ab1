import { readFile } from 'node:fs/promises';
import { ALERT, runbookOf } from '../../support/line';
import { PlaybookLibrary } from '../../support/playbook-library';

const LOCAL = 'ansible_connection=local ansible_python_interpreter=/usr/bin/python3';

/** One alert of a crash, on a host of its own, with a note by which its runs are counted. */
export interface CrashAlert {
    labels: { alertname: string; host: string; note: string };
    note: string;
}

/** A library whose fix appends its note to a file on disk, so that the runs of each incident can be counted. */
export class CrashLibrary extends PlaybookLibrary {
    /** So many hosts, all this machine: a fix whose end nobody knows keeps its host for minutes. */
    static readonly hosts = 150;
    readonly counter = this.path('ran');
    private alerts = 0;

    constructor() {
        super();
        this.write(
            'inventory.ini',
            Array.from({ length: CrashLibrary.hosts }, (_host, index) => `h-${index} ${LOCAL}\n`).join(''),
        );
        this.playbook(
            'fix',
            `- name: count this run
  ansible.builtin.shell: echo "$NOTE" >> ${this.counter}
  environment: {NOTE: "{{ note }}"}
- name: work
  ansible.builtin.command: sleep 0.7
- name: write the note
  ansible.builtin.copy: {dest: "${this.path('notes')}-{{ note }}", content: "{{ note }}"}
`,
        );
        this.write('runbooks/service-stuck.yaml', runbookOf(['note']));
    }

    newAlert(): CrashAlert {
        this.alerts += 1;
        const note = `note-${this.alerts}.`;
        return {
            labels: { alertname: `${ALERT}${this.alerts}`, host: `h-${this.alerts % CrashLibrary.hosts}`, note },
            note,
        };
    }

    /** How often the fix of this alert has been run. */
    async runsOf({ note }: CrashAlert): Promise<number> {
        const text = await readFile(this.counter, 'utf8').catch(() => '');
        return text.split('\n').filter((line) => line === note).length;
    }
}
