import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import type { Incident } from '../../../nodes/core/model/incident';
import { alertOn } from '../../support/fix-scene';
import type { Group } from '../matrix';
import { type Attack, attackGroup } from './attack';
import { leavesMark, type Target } from './target';

/** The alert names this host, and the fix was proposed for it. */
const named =
    (host: string) =>
    (target: Target, { id }: Incident): Promise<void> =>
        target.concluded(id, (incident) => {
            const { diagnosis } = incident;
            const alert = { ...alertOn('web-1'), labels: { alertname: 'ConfigWrong', host } };
            return {
                ...incident,
                alerts: [alert],
                ...(diagnosis?.proposal && {
                    diagnosis: { ...diagnosis, proposal: { ...diagnosis.proposal, hosts: [host] } },
                }),
            };
        });

const HOSTS: [host: string, name: string][] = [
    ['all', 'A label names all hosts'],
    ['*', 'A label names a wildcard as host'],
    ['web-*', 'A label names a wildcard with a beginning'],
    ['web', 'A label names a group as host'],
    ['ungrouped', "A label names Ansible's group of the rest"],
    ['web-1,web-2', 'A label names two hosts with a comma'],
    ['web-1:web-2', 'A label names two hosts with a colon'],
    ['web-1:&web', 'A label names an intersection'],
    ['!web-1', 'A label names all hosts but one'],
    ['~web-.*', 'A label names a regular expression'],
    ['web[0]', 'A label names a part of a group'],
    ['web-[1:2]', 'A label names a range'],
    ['@/etc/passwd', 'A label names a file of hosts'],
    ['localhost', 'A label names the machine that Node-RED runs on'],
    ['localhost:', 'A label names the machine that Node-RED runs on, with a colon'],
    ['web-1 -e x=1', 'A label names a host, and an option behind it'],
    ['--limit=all', 'A label names an option'],
    ['web-1\nweb-2', 'A label names two hosts with a line break'],
    ['web-1;id', 'A label names a host, and a command behind it'],
    ['{{ groups.all }}', 'A label names a template'],
    ['wEb-1', 'A label names a host in other letters'],
    ['10.6.6.6', 'A label names a machine that the inventory does not have'],
];

const hosts: Attack[] = HOSTS.map(([host, name]) => ({
    name: `${name}: ${JSON.stringify(host)}`,
    code: 'HOST_UNKNOWN',
    says: 'no host',
    from: 'diagnosed',
    attack: named(host),
}));

const BEYOND: Attack[] = [
    {
        name: 'The proposal names more hosts than the alerts',
        code: 'TARGET_NOT_IN_EVIDENCE',
        says: 'web-2',
        from: 'diagnosed',
        attack: (target, { id }) =>
            target.concluded(id, (incident) => {
                if (incident.diagnosis?.proposal) incident.diagnosis.proposal.hosts = ['web-2'];
                return incident;
            }),
    },
    {
        name: 'No alert names a host',
        code: 'TARGET_NOT_IN_EVIDENCE',
        says: 'label "host"',
        from: 'diagnosed',
        attack: (target, { id }) =>
            target.concluded(id, (incident) => ({
                ...incident,
                alerts: [{ ...alertOn('web-1'), labels: { alertname: 'ConfigWrong' } }],
            })),
    },
];

/** The runbook with something replaced. */
const runbook =
    (from: string, to: string) =>
    (target: Target): void =>
        void target.library.write(
            'runbooks/config-wrong.yaml',
            target.read('runbooks/config-wrong.yaml').replace(from, to),
        );
const PLAYBOOK = 'playbook: playbooks/fix.yml';

/** A playbook outside the library that would leave its mark. */
function outside(target: Target): void {
    target.library.write(
        '../outside.yml',
        `- hosts: all\n  gather_facts: false\n  tasks:\n    ${leavesMark(target.library, 'evil').trim().replaceAll('\n', '\n    ')}\n`,
    );
}

function linked(target: Target, link: string, to: string): void {
    mkdirSync(path.dirname(path.join(target.library.folder, link)), { recursive: true });
    symlinkSync(to, path.join(target.library.folder, link));
}

const pathOf = (
    name: string,
    playbook: string,
    code: Attack['code'] = 'ACTION_UNKNOWN',
    says = 'offers no action',
): Attack => ({
    name,
    code,
    says,
    from: 'diagnosed',
    attack: (target) => {
        outside(target);
        runbook(PLAYBOOK, `playbook: ${playbook}`)(target);
    },
});

const PATHS: Attack[] = [
    pathOf('A runbook names a playbook above the library', '../outside.yml', 'ACTION_UNKNOWN', 'no runbook'),
    pathOf(
        'A runbook names a playbook above the library by a way down and up',
        'playbooks/../../outside.yml',
        'ACTION_UNKNOWN',
        'no runbook',
    ),
    pathOf('A runbook names a playbook by an absolute path', '/etc/ansible/site.yml', 'ACTION_UNKNOWN', 'no runbook'),
    pathOf('A runbook names an option as playbook', '--syntax-check.yml', 'ACTION_UNKNOWN', 'no runbook'),
    pathOf('A runbook names a playbook that is not there', 'playbooks/none.yml'),
    {
        name: 'The playbook is a link that leaves the library',
        code: 'ACTION_UNKNOWN',
        says: 'offers no action',
        from: 'diagnosed',
        attack: (target) => {
            outside(target);
            linked(target, 'playbooks/linked.yml', target.library.path('outside.yml'));
            runbook(PLAYBOOK, 'playbook: playbooks/linked.yml')(target);
        },
    },
    {
        name: 'A folder of the library is a link that leaves it',
        code: 'CONFIG_INVALID',
        says: 'symbolic link that leaves',
        from: 'diagnosed',
        attack: (target) => linked(target, 'playbooks/roles', target.library.root),
    },
    {
        name: 'A link of the library leads to what is not sealed',
        code: 'CONFIG_INVALID',
        says: '.git',
        from: 'diagnosed',
        attack: (target) => {
            target.library.write('.git/hooks.yml', '[]\n');
            linked(target, 'playbooks/tasks.yml', '../.git/hooks.yml');
        },
    },
];

/** Alerts, proposals and runbooks that would lead a fix to where nobody meant it to go. */
export const targets: Group = attackGroup('Hosts and playbooks that nobody meant', [...hosts, ...BEYOND, ...PATHS]);
