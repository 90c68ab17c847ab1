/** Variables that Ansible sets or obeys; given from outside they run programs or change where a play runs. */
const ANSIBLE = new Set([
    'become',
    'connection',
    'delegate_to',
    'discovered_interpreter_python',
    'environment',
    'group_names',
    'groups',
    'hosts',
    'hostvars',
    'inventory_dir',
    'inventory_file',
    'inventory_hostname',
    'inventory_hostname_short',
    'item',
    'module_defaults',
    'module_setup',
    'omit',
    'play_hosts',
    'playbook_dir',
    'port',
    'remote_user',
    'role_name',
    'role_names',
    'role_path',
    'roles',
    'tasks',
    'vars',
]);

/** Functions of Ansible's templates. */
const TEMPLATE = new Set([
    'cycler',
    'dict',
    'joiner',
    'lipsum',
    'lookup',
    'namespace',
    'now',
    'q',
    'query',
    'range',
    'self',
    'undef',
]);

/** Words of Python and Jinja, which no variable may have. */
const WORDS = new Set(
    (
        'and as assert async await break class continue def del elif else except false finally for from global if import in is ' +
        'lambda none nonlocal not or pass raise return true try while with yield'
    ).split(' '),
);

/** Why a name cannot be the name of a parameter, as part of a sentence; undefined when it can. */
export function reservedName(name: string): string | undefined {
    if (name.startsWith('ansible_') || ANSIBLE.has(name)) return 'Ansible gives this variable a meaning of its own';
    if (TEMPLATE.has(name)) return 'it is a function of Ansible templates';
    return WORDS.has(name) ? 'it is a word of the template language' : undefined;
}
