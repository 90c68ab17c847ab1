import { asFixError } from '../errors';
import { parseMatchers } from '../text/matcher';
import { specFaults } from './parameter-rules';
import { parameterFault } from './parameters';
import { misplacedPlaceholder } from './promql';
import { reservedName } from './reserved-names';
import { type RunbookFile, toParameter } from './schema';
import type { Path } from './yaml-file';

/** A broken rule: where, what, and what to do. */
export interface RuleFault {
    path: Path;
    message: string;
    cure: string;
}

/** What a schema cannot say about a runbook file: names that refer to each other, syntax within texts. */
export function ruleFaults(file: RunbookFile, fileId: string): RuleFault[] {
    return [
        ...idFaults(file, fileId),
        ...matcherFaults(file),
        ...queryFaults(file),
        ...file.actions.flatMap((action, index) => parameterFaults(action, ['actions', index, 'parameters'])),
        ...file.causes.flatMap((_cause, index) => causeFaults(file, index)),
    ];
}

function idFaults(file: RunbookFile, fileId: string): RuleFault[] {
    const faults: RuleFault[] = [];
    if (file.id !== fileId) {
        faults.push({
            path: ['id'],
            message: `The id is "${file.id}", but the file is named "${fileId}".`,
            cure: `Write id: ${fileId}, or rename the file.`,
        });
    }
    for (const list of ['checks', 'actions'] as const) {
        file[list].forEach(({ id }, index) => {
            if (file[list].findIndex((other) => other.id === id) === index) return;
            faults.push({
                path: [list, index, 'id'],
                message: `The id "${id}" is used twice in ${list}.`,
                cure: 'Give each its own id.',
            });
        });
    }
    return faults;
}

function matcherFaults(file: RunbookFile): RuleFault[] {
    return file.alerts.flatMap((text, index): RuleFault[] => {
        const path = ['alerts', index];
        try {
            if (parseMatchers(text).length > 0) return [];
            return [
                {
                    path,
                    message: 'The matcher list is empty: it would be for every alert.',
                    cure: 'Name at least one label, e.g. alertname="DiskFilling".',
                },
            ];
        } catch (thrown) {
            const { message, cure } = asFixError(thrown);
            return [{ path, message, cure: cure ?? 'Use the syntax of Alertmanager matchers.' }];
        }
    });
}

function queryFaults(file: RunbookFile): RuleFault[] {
    const queries: [Path, string | undefined][] = [
        ...file.checks.map(({ query }, index): [Path, string] => [['checks', index, 'query'], query]),
        ...file.actions.map(({ verify }, index): [Path, string | undefined] => [
            ['actions', index, 'verify', 'check'],
            verify.check,
        ]),
    ];
    return queries.flatMap(([path, query]) => {
        const placeholder = query === undefined ? undefined : misplacedPlaceholder(query);
        if (placeholder === undefined) return [];
        return [
            {
                path,
                message: `${placeholder} stands outside of double quotes, where a label value could change the query.`,
                cure: `Write it as "${placeholder}" in a label matcher.`,
            },
        ];
    });
}

function parameterFaults(action: RunbookFile['actions'][number], path: Path): RuleFault[] {
    return Object.entries(action.parameters).flatMap(([name, spec]) => {
        const reserved = reservedName(name);
        const faults = specFaults(toParameter(spec)).map(({ key, ...fault }) => ({
            path: [...path, name, ...key],
            ...fault,
        }));
        if (reserved === undefined) return faults;
        return [
            {
                path: [...path, name],
                message: `A parameter cannot be named "${name}": ${reserved}.`,
                cure: 'Choose another name.',
            },
            ...faults,
        ];
    });
}

function causeFaults(file: RunbookFile, index: number): RuleFault[] {
    const cause = file.causes[index];
    if (!cause) return [];
    const path = ['causes', index];
    const faults = cause.when.flatMap((id, place): RuleFault[] => {
        const check = file.checks.find((candidate) => candidate.id === id);
        if (!check)
            return [
                {
                    path: [...path, 'when', place],
                    message: `There is no check "${id}".`,
                    cure: known('checks', file.checks),
                },
            ];
        if (check.holds !== undefined) return [];
        return [
            {
                path: [...path, 'when', place],
                message: `The check "${id}" has no "holds", so it cannot decide a cause.`,
                cure: `Add holds to the check, e.g. holds: "> 0".`,
            },
        ];
    });
    return [...faults, ...proposalFaults(file, cause, path)];
}

function proposalFaults(file: RunbookFile, cause: RunbookFile['causes'][number], path: Path): RuleFault[] {
    const { action: id, parameters = {} } = cause;
    if (id === undefined) {
        if (Object.keys(parameters).length === 0) return [];
        return [
            {
                path: [...path, 'parameters'],
                message: 'There are parameters but no action.',
                cure: 'Name the action, or remove the parameters.',
            },
        ];
    }
    const action = file.actions.find((candidate) => candidate.id === id);
    if (!action)
        return [
            { path: [...path, 'action'], message: `There is no action "${id}".`, cure: known('actions', file.actions) },
        ];
    const given = Object.entries(parameters).flatMap(([name, value]): RuleFault[] => {
        const place = [...path, 'parameters', name];
        const spec = Object.hasOwn(action.parameters, name) ? action.parameters[name] : undefined;
        if (!spec)
            return [
                {
                    path: place,
                    message: `The action "${id}" has no parameter "${name}".`,
                    cure: `Use its parameters: ${Object.keys(action.parameters).join(', ') || 'it has none'}.`,
                },
            ];
        const fault = parameterFault(toParameter(spec), value);
        return fault === undefined
            ? []
            : [
                  {
                      path: place,
                      message: `The parameter "${name}" ${fault}.`,
                      cure: 'Give a value that fits the parameter of the action.',
                  },
              ];
    });
    const missing = Object.entries(action.parameters).filter(
        ([name, spec]) => !Object.hasOwn(parameters, name) && spec.default === undefined && spec.from === undefined,
    );
    return [
        ...given,
        ...missing.map(([name]) => ({
            path: [...path, 'action'],
            message: `The parameter "${name}" of the action "${id}" would have no value.`,
            cure: 'Give it under parameters here, or at the action give it a default or a label to take it from.',
        })),
    ];
}

function known(what: string, list: readonly { id: string }[]): string {
    return `Use one of the ${what}: ${list.map(({ id }) => id).join(', ') || 'there are none yet'}.`;
}
