import { isMap, isScalar, isSeq, LineCounter, parseAllDocuments, visit, type YAMLMap } from 'yaml';
import { actsInDryRun } from './check-mode-lint';
import { namesIn } from './check-mode-words';
import type { Fault } from './yaml-file';

/** Modules that hand one text to a shell or split it into words. */
const FREE_FORM = /^(?:(?:ansible\.builtin|ansible\.legacy)\.)?(?:shell|raw|command|script)$/;
const SETS_VARIABLES = /^(?:vars|(?:(?:ansible\.builtin|ansible\.legacy)\.)?set_fact)$/;
const LOOP = /^(?:loop|with_\w+)$/;
/** Where the text of a free-form module may stand when it is written as a map. */
const COMMAND_KEYS = ['cmd', '_raw_params'];

/**
 * Looks at the text of one playbook or task file. Finds text parameters inside a free-form `shell`, `raw`, `script` or
 * `command`, where a value could become a second command; also through a variable made of one. `command: argv:` and
 * `environment:` are safe. And finds what would act in a dry run.
 */
export function lintPlaybook(text: string, parameterNames: readonly string[]): Fault[] {
    const lines = new LineCounter();
    const faults: Fault[] = [];
    const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
    const maps: YAMLMap[] = [];
    for (const document of Array.isArray(documents) ? documents : []) {
        const [error] = document.errors;
        if (error)
            faults.push({
                line: lines.linePos(error.pos[0]).line,
                field: '',
                message: 'The playbook is not valid YAML.',
                cure: 'Check it with ansible-playbook --syntax-check.',
            });
        visit(document, { Map: (_key, map) => void maps.push(map) });
    }
    const carriers = withDerived(new Set(parameterNames), maps);
    for (const map of maps) {
        lookAt(map, carriers, lines, faults);
        if (actsInDryRun(map)) faults.push(actsUnapproved(map, lines));
    }
    return faults;
}

function lookAt(map: YAMLMap, carriers: Set<string>, lines: LineCounter, faults: Fault[]): void {
    const here = loopsOver(map, carriers) ? new Set([...carriers, 'item']) : carriers;
    for (const { key, value } of map.items) {
        const name = isScalar(key) ? String(key.value) : '';
        if (!FREE_FORM.test(name)) continue;
        const used = textsOf(value, COMMAND_KEYS)
            .flatMap((text) => namesIn(text))
            .find((word) => here.has(word));
        if (used === undefined) continue;
        const offset = isScalar(key) ? key.range?.[0] : undefined;
        faults.push({
            line: lines.linePos(offset ?? 0).line,
            field: name,
            message: `The text parameter "${used}" stands inside a free-form ${name}, where its value could become a command.`,
            cure: 'Use command with argv, or set it under environment and write "$NAME" in the shell.',
        });
    }
}

function actsUnapproved(map: YAMLMap, lines: LineCounter): Fault {
    const key = map.items
        .map((item) => item.key)
        .find((candidate) => isScalar(candidate) && candidate.value === 'check_mode');
    return {
        line: lines.linePos((isScalar(key) ? key.range?.[0] : undefined) ?? 0).line,
        field: 'check_mode',
        message: 'With check_mode: false this really runs in the dry run, before anybody has approved it.',
        cure: 'Take it out; or add changed_when: false when the task only reads; or let the task ask ansible_check_mode and only look in a dry run.',
    };
}

function loopsOver(map: YAMLMap, carriers: Set<string>): boolean {
    return map.items.some(
        ({ key, value }) =>
            isScalar(key) && LOOP.test(String(key.value)) && namesIn(String(value)).some((word) => carriers.has(word)),
    );
}

/** The parameters and every variable that is made of one, however often. */
function withDerived(carriers: Set<string>, maps: YAMLMap[]): Set<string> {
    const definitions = maps.flatMap((map) =>
        map.items.flatMap(({ key, value }) =>
            isScalar(key) && SETS_VARIABLES.test(String(key.value)) && isMap(value) ? value.items : [],
        ),
    );
    for (let before = -1; before !== carriers.size; ) {
        before = carriers.size;
        for (const { key, value } of definitions) {
            if (isScalar(key) && namesIn(String(value)).some((word) => carriers.has(word)))
                carriers.add(String(key.value));
        }
    }
    return carriers;
}

function textsOf(value: unknown, keys: readonly string[]): string[] {
    if (isScalar(value)) return [String(value.value)];
    if (!isMap(value)) return [];
    return value.items
        .filter(({ key }) => isScalar(key) && keys.includes(String(key.value)))
        .flatMap(({ value: inside }) =>
            isScalar(inside) ? [String(inside.value)] : isSeq(inside) ? inside.items.map(String) : [],
        );
}
