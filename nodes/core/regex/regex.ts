import { FixError } from '../errors';
import { parsePattern, type CharacterTest, type Pattern, type Place } from './pattern';

type Step =
    | { kind: 'character'; accepts: CharacterTest }
    | { kind: 'place'; place: Place }
    | { kind: 'fork'; ways: [number, number] }
    | { kind: 'jump'; to: number }
    | { kind: 'done' };

/** Most steps a pattern may compile to: bounds the time of a test together with the length of the text. */
const MOST_STEPS = 4000;
const CACHED = 500;
const cache = new Map<string, (text: string) => boolean>();

/**
 * A test whether a whole text matches `source`, a regular expression in RE2's syntax as Prometheus reads it
 * (anchored at both ends, `.` also matches a line break; no lookaround, no backreferences).
 * Its time grows with the length of the text only, whatever the text: alert labels are not trusted.
 * Throws `CONFIG_INVALID` with the place and the cure.
 */
export function compileRegex(source: string): (text: string) => boolean {
    const known = cache.get(source);
    if (known) return known;
    const steps = compile(parsePattern(source), source);
    const test = (text: string): boolean => run(steps, [...text]);
    if (cache.size >= CACHED) cache.clear();
    cache.set(source, test);
    return test;
}

function compile(pattern: Pattern, source: string): Step[] {
    const steps: Step[] = [];
    let work = 0;
    emit(pattern);
    steps.push({ kind: 'done' });
    return steps;

    function emit(part: Pattern): void {
        if (++work > MOST_STEPS || steps.length > MOST_STEPS) {
            throw new FixError('CONFIG_INVALID', `The regular expression ${JSON.stringify(source)} is too large.`, {
                cure: 'Use smaller repeat counts.',
            });
        }
        if (part.kind === 'sequence') part.parts.forEach(emit);
        else if (part.kind === 'choice') emitChoice(part.parts);
        else if (part.kind === 'repeat') emitRepeat(part.part, part.least, part.most);
        else steps.push(part);
    }

    function emitChoice(parts: Pattern[]): void {
        const ends: { kind: 'jump'; to: number }[] = [];
        parts.forEach((part, index) => {
            const last = index === parts.length - 1;
            const fork = last ? undefined : pushFork();
            emit(part);
            if (!fork) return;
            const end = { kind: 'jump' as const, to: 0 };
            steps.push(end);
            ends.push(end);
            fork.ways[1] = steps.length;
        });
        for (const end of ends) end.to = steps.length;
    }

    function emitRepeat(part: Pattern, least: number, most: number): void {
        for (let count = 0; count < least; count++) emit(part);
        if (most === Infinity) {
            const start = steps.length;
            const fork = pushFork();
            emit(part);
            steps.push({ kind: 'jump', to: start });
            fork.ways[1] = steps.length;
            return;
        }
        const forks: { ways: [number, number] }[] = [];
        for (let count = least; count < most; count++) {
            forks.push(pushFork());
            emit(part);
        }
        for (const fork of forks) fork.ways[1] = steps.length;
    }

    function pushFork(): { kind: 'fork'; ways: [number, number] } {
        const fork = { kind: 'fork' as const, ways: [steps.length + 1, 0] as [number, number] };
        steps.push(fork);
        return fork;
    }
}

/** Walks all ways at once, so that no text can make it go back. */
function run(steps: Step[], text: string[]): boolean {
    let current = reach(steps, [0], text, 0);
    for (let at = 0; at < text.length; at++) {
        const next: number[] = [];
        for (const index of current) {
            const step = steps[index];
            if (step?.kind === 'character' && step.accepts(text[at] ?? '')) next.push(index + 1);
        }
        if (next.length === 0) return false;
        current = reach(steps, next, text, at + 1);
    }
    return current.has(steps.length - 1);
}

/** All steps that can be reached without consuming a character. */
function reach(steps: Step[], from: number[], text: string[], at: number): Set<number> {
    const reached = new Set<number>();
    const open = [...from];
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
        if (reached.has(index)) continue;
        reached.add(index);
        const step = steps[index];
        if (step?.kind === 'jump') open.push(step.to);
        if (step?.kind === 'fork') open.push(...step.ways);
        if (step?.kind === 'place' && isAt(step.place, text, at)) open.push(index + 1);
    }
    return reached;
}

function isAt(place: Place, text: string[], at: number): boolean {
    if (place === 'start') return at === 0;
    if (place === 'end') return at === text.length;
    const edge = isWord(text[at - 1]) !== isWord(text[at]);
    return edge === (place === 'word-edge');
}

function isWord(character: string | undefined): boolean {
    return character !== undefined && /^[0-9A-Za-z_]$/.test(character);
}
