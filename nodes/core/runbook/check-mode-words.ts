/** What Ansible sets to tell a dry run from a run. */
const CHECK_MODE = 'ansible_check_mode';

/** Words of a play, block or task that say nothing of what acts, or stand for their own. */
const HARMLESS = new Set([
    'always', 'block', 'changed_when', 'check_mode', 'failed_when', 'handlers', 'name', 'no_log', 'notify',
    'post_tasks', 'pre_tasks', 'register', 'rescue', 'roles', 'tags', 'tasks', 'vars', 'vars_files', 'when',
]); // biome-ignore format: a list of words

/** Modules that only look, say or remember; what is made of their words is looked at where it is used. */
const WORDS_ONLY =
    /^(?:ansible\.(?:builtin|legacy)\.)?(?:assert|debug|fail|include_vars|pause|set_fact|set_stats|wait_for)$/;

/** The variables whose values depend on whether this is a dry run: what a playbook makes of Ansible's own. */
export class CheckModeWords {
    private readonly carriers = new Set([CHECK_MODE]);

    /** `definitions`: names of variables, each with what it is made of, as written. */
    constructor(definitions: readonly (readonly [name: string, value: string])[]) {
        for (let before = -1; before !== this.carriers.size; ) {
            before = this.carriers.size;
            for (const [name, value] of definitions) if (this.inTemplate(value)) this.carriers.add(name);
        }
    }

    /** Does a condition, an expression without braces, ask for it? */
    inCondition(condition: string): boolean {
        const words = withoutTexts(condition).match(/[A-Za-z_]\w*/g) ?? [];
        return words.some((word) => this.carriers.has(word));
    }

    /** Does a template in this text ask for it? */
    inTemplate(text: string): boolean {
        return namesIn(text).some((word) => this.carriers.has(word));
    }

    /** Does anything of a play, block or task but its conditions and its results depend on it? */
    inActs(value: Readonly<Record<string, unknown>>): boolean {
        return Object.entries(value).some(
            ([key, member]) =>
                !HARMLESS.has(key) && !WORDS_ONLY.test(key) && this.inTemplate(JSON.stringify(member) ?? ''),
        );
    }
}

/** Words inside `{{ … }}` and `{% … %}`. */
export function namesIn(text: string): string[] {
    return [...text.matchAll(/\{[{%]([^]*?)(?:[}%]\}|$)/g)].flatMap(
        ([, inside]) => inside?.match(/[A-Za-z_]\w*/g) ?? [],
    );
}

/** `'ansible_check_mode'` in quotes is a text, unless it is the name in `vars[…]` or `lookup('vars', …)`. */
function withoutTexts(condition: string): string {
    return /\bvars\b/.test(condition) ? condition : condition.replace(/'[^']*'|"[^"]*"/g, '');
}
