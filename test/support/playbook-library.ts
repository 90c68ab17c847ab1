import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sealedCopy } from '../../nodes/adapters/ansible/sealed-copy';
import type { SealedLibrary } from '../../nodes/adapters/ansible/sealed-library';

const LOCAL = 'ansible_connection=local ansible_python_interpreter=/usr/bin/python3';

/** A library folder of its own for one test, with the inventory hosts web-1 and web-2, both this machine. */
export class PlaybookLibrary {
    readonly root = realpathSync(mkdtempSync(path.join(tmpdir(), 'a2f-test-')));
    readonly folder = path.join(this.root, 'library');
    readonly inventory = path.join(this.folder, 'inventory.ini');

    constructor() {
        this.write(
            'inventory.ini',
            `[web]\nweb-1 ${LOCAL}\nweb-2 ${LOCAL}\n[far]\naway ansible_host=127.0.0.1 ansible_port=1 ansible_ssh_common_args="-o ConnectTimeout=2"\n`,
        );
    }

    /** Writes a file of the library; answers its absolute path. */
    write(name: string, content: string): string {
        const file = path.join(this.folder, name);
        mkdirSync(path.dirname(file), { recursive: true });
        writeFileSync(file, content);
        return file;
    }

    /**
     * Writes `playbooks/<name>.yml`, one play on all hosts without fact gathering, from the YAML of its tasks. `{{
     * playbook_dir }}/../..` in them is the folder in which the library lies, though playbooks run from a copy that
     * lies elsewhere.
     */
    playbook(name: string, tasks: string): string {
        const indented = tasks
            .replaceAll('{{ playbook_dir }}/../..', this.root)
            .trim()
            .split('\n')
            .map((line) => `    ${line}`)
            .join('\n');
        this.write(`playbooks/${name}.yml`, `- hosts: all\n  gather_facts: false\n  tasks:\n${indented}\n`);
        return `playbooks/${name}.yml`;
    }

    /** Path of a thing beside the library that playbooks may change. */
    path(name: string): string {
        return path.join(this.root, name);
    }

    /** The private copy of the library as it is now. */
    sealed(inventory = this.inventory): Promise<SealedLibrary> {
        return sealedCopy({ folder: this.folder, inventory, copies: this.path('sealed') });
    }

    /** The work folder that an executor which keeps its runs beside the library has for the run of this nonce. */
    workFolder({ nonce }: { nonce: string }): string {
        return this.path(path.join('runs', nonce));
    }

    /** An Ansible that is about to end may still write there. */
    remove(): void {
        rmSync(this.root, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    }
}
