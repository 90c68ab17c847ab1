import { strict as assert } from 'node:assert';
import { chmodSync, readFileSync } from 'node:fs';
import type { Group } from '../matrix';
import { type Legitimate, legitimateGroup } from './attack';
import { leavesMark, type Target } from './target';

/** Node-RED's own environment has these variables while the fix is planned and run. */
function inherited(
    name: string,
    make: (target: Target) => Record<string, string>,
    more: Partial<Legitimate> = {},
): Legitimate {
    const before = new Map<string, string | undefined>();
    return {
        name,
        ...more,
        prepare: (target) => {
            for (const [variable, value] of Object.entries(make(target))) {
                before.set(variable, process.env[variable]);
                process.env[variable] = value;
            }
        },
        after: () => {
            for (const [variable, value] of before) {
                if (value === undefined) delete process.env[variable];
                else process.env[variable] = value;
            }
        },
    };
}

/** Python that leaves the mark of the attacker as soon as it is loaded. */
const evilPython = (target: Target): string =>
    `open(${JSON.stringify(target.library.path('marks'))}, 'a').write('evil\\n')\n`;
const folderOf = (file: string): string => file.slice(0, file.lastIndexOf('/'));

const HIJACKS: Legitimate[] = [
    inherited("Node-RED's environment names a callback plugin for Ansible", (target) => ({
        ANSIBLE_CALLBACK_PLUGINS: folderOf(target.library.write('../plugins/evil.py', evilPython(target))),
        ANSIBLE_CALLBACKS_ENABLED: 'evil',
        ANSIBLE_STDOUT_CALLBACK: 'evil',
    })),
    inherited("Node-RED's environment names another ansible.cfg", (target) => {
        const plugins = folderOf(target.library.write('../plugins/evil.py', evilPython(target)));
        return {
            ANSIBLE_CONFIG: target.library.write(
                '../other.cfg',
                `[defaults]\ncallback_plugins = ${plugins}\ncallbacks_enabled = evil\nstdout_callback = evil\n`,
            ),
        };
    }),
    inherited("Node-RED's environment names a folder of modules for Ansible", (target) => ({
        ANSIBLE_LIBRARY: folderOf(target.library.write('../modules/command.py', evilPython(target))),
        ANSIBLE_ACTION_PLUGINS: folderOf(target.library.write('../actions/shell.py', evilPython(target))),
    })),
    inherited("Node-RED's environment brings Python code along", (target) => ({
        PYTHONPATH: folderOf(target.library.write('../python/sitecustomize.py', evilPython(target))),
    })),
    inherited("Node-RED's environment names a program that knows the vault's password", (target) => {
        const program = target.library.write(
            '../password.sh',
            `#!/bin/sh\necho evil >> "${target.library.path('marks')}"\necho x\n`,
        );
        chmodSync(program, 0o755);
        return { ANSIBLE_VAULT_PASSWORD_FILE: program };
    }),
    inherited("Node-RED's environment tells Ansible to run without check mode, on all, with tags", () => ({
        ANSIBLE_CHECK_MODE_MARKERS: 'False',
        ANSIBLE_RUN_TAGS: 'none',
        ANSIBLE_SKIP_TAGS: 'all',
        ANSIBLE_BECOME: 'True',
        ANSIBLE_BECOME_USER: 'nobody',
    })),
];

const LEAK: Legitimate = inherited(
    "A playbook looks for secrets of Node-RED's environment",
    (target) => {
        const { library } = target;
        library.playbook(
            'fix',
            `- copy: {dest: "${library.path('seen')}", content: "{{ lookup('env', 'A2F_SECRET') }}{{ lookup('env', 'OPENAI_API_KEY') }}"}\n` +
                `- shell: env >> "${library.path('seen')}"; cat /proc/$PPID/environ >> "${library.path('seen')}"\n${leavesMark(library, 'ran')}`,
        );
        return {
            A2F_SECRET: 'do-not-tell-1',
            OPENAI_API_KEY: 'sk-do-not-tell-2',
            NODE_RED_CREDENTIAL_SECRET: 'do-not-tell-3',
        };
    },
    { proof: (target) => assert.doesNotMatch(readFileSync(target.library.path('seen'), 'utf8'), /do-not-tell/) },
);

/** What Node-RED's environment could do to Ansible, and tell it. Of each, the approved fix runs, and only that. */
export const environment: Group = legitimateGroup("Node-RED's environment and Ansible: only what was approved runs", [
    ...HIJACKS,
    LEAK,
]);
