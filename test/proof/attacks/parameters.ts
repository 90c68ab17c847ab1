import type { ParameterValue } from '../../../nodes/core/model/runbook';
import { alertOn } from '../../support/fix-scene';
import type { Group } from '../matrix';
import { type Attack, attackGroup } from './attack';
import type { Target } from './target';

/** The diagnosis proposes these parameters. */
const proposes =
    (parameters: Record<string, ParameterValue>): Attack['attack'] =>
    (target, { id }) =>
        target.concluded(id, (incident) => {
            if (incident.diagnosis?.proposal) incident.diagnosis.proposal.parameters = parameters;
            return incident;
        });

const SPEC = 'value: { type: string, description: The value, pattern: "[a-z]+", default: good }';

/** The runbook declares these parameters. */
const declares =
    (parameters: string) =>
    (target: Target): void =>
        void target.library.write(
            'runbooks/config-wrong.yaml',
            target.read('runbooks/config-wrong.yaml').replace(SPEC, parameters),
        );

const refusedValue = (name: string, value: ParameterValue): Attack => ({
    name,
    code: 'PARAMETER_INVALID',
    says: 'value',
    from: 'diagnosed',
    attack: proposes({ value }),
});

const VALUES: Attack[] = [
    refusedValue('A template is proposed as a parameter', "{{ lookup('pipe', 'id') }}"),
    refusedValue('A template block is proposed as a parameter', "{% set x = lookup('pipe', 'id') %}"),
    refusedValue('A shell command is proposed as a parameter', 'good; touch /tmp/x'),
    refusedValue('A command substitution is proposed as a parameter', '$(id)'),
    refusedValue('Back-ticks are proposed as a parameter', '`id`'),
    refusedValue('A second line that would pass is proposed as a parameter', 'good\nevil'),
    refusedValue('A line break behind a good value is proposed', 'good\n'),
    refusedValue('A null character is proposed as a parameter', 'good\u0000'),
    refusedValue('An option of Ansible is proposed as a parameter', '--extra-vars=x'),
    refusedValue('A YAML tag is proposed as a parameter', '!!python/object/apply:os.system [id]'),
    refusedValue('A number is proposed where a text belongs', 7),
    refusedValue('A text as long as a book is proposed', 'a'.repeat(100_000)),
];

const NAMES: Attack[] = [
    'ansible_connection',
    'ansible_become',
    'ansible_host',
    'ansible_python_interpreter',
    'hosts',
    'vars',
    'environment',
    '__proto__',
].map((name) => ({
    name: `A parameter ${name} is smuggled into the proposal`,
    code: 'PARAMETER_INVALID',
    says: name,
    from: 'diagnosed',
    attack: proposes(JSON.parse(`{ "value": "good", "${name}": "evil" }`) as Record<string, ParameterValue>),
}));

const DECLARED: Attack[] = ['ansible_become', 'ansible_connection', 'inventory_hostname', 'lookup'].map((name) => ({
    name: `A runbook declares a parameter ${name}`,
    code: 'ACTION_UNKNOWN',
    says: 'no runbook',
    from: 'diagnosed',
    attack: (target) => declares(`${name}: { type: string, description: x, enum: [evil], default: evil }`)(target),
}));

const OTHERS: Attack[] = [
    {
        name: 'A runbook takes any text at all as parameter',
        code: 'ACTION_UNKNOWN',
        says: 'no runbook',
        from: 'diagnosed',
        attack: (target) => declares('value: { type: string, description: x, default: good }')(target),
    },
    {
        name: 'A playbook puts a parameter into a shell command',
        code: 'ACTION_UNKNOWN',
        says: 'offers no action',
        from: 'diagnosed',
        attack: (target) => target.library.playbook('fix', '- shell: echo {{ value }} >> /tmp/x'),
    },
    {
        name: 'A playbook puts a parameter into a shell command by way of a variable',
        code: 'ACTION_UNKNOWN',
        says: 'offers no action',
        from: 'diagnosed',
        attack: (target) =>
            target.library.playbook('fix', '- set_fact: {line: "echo {{ value }}"}\n- shell: "{{ line }}"'),
    },
    {
        name: 'A value that only looks like the good one is proposed, where the pattern lets anything through',
        code: 'PARAMETER_INVALID',
        says: 'invisible characters',
        from: 'diagnosed',
        attack: async (target, incident) => {
            declares(SPEC.replace('[a-z]+', '[^;]*'))(target);
            await proposes({ value: 'good\ufe01' })(target, incident);
        },
    },
    {
        name: 'A label fills a parameter with a shell command',
        code: 'PARAMETER_INVALID',
        says: 'value',
        from: 'diagnosed',
        attack: async (target, { id }) => {
            declares(`${SPEC.slice(0, -2)}, from: note }`)(target);
            await target.concluded(id, (incident) => {
                if (incident.diagnosis?.proposal) incident.diagnosis.proposal.parameters = {};
                const alert = alertOn('web-1');
                return { ...incident, alerts: [{ ...alert, labels: { ...alert.labels, note: '$(touch /tmp/x)' } }] };
            });
        },
    },
];

/** Untrusted text that would become a command, a template or a variable of Ansible. */
export const parameters: Group = attackGroup('Parameters that are more than data', [
    ...VALUES,
    ...NAMES,
    ...DECLARED,
    ...OTHERS,
]);
