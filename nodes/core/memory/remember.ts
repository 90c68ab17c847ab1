import type { Incident } from '../model/incident';
import type { MemoryOutcome } from '../model/memory';
import type { Incidents, Transition } from '../store/incidents';
import type { Memory } from './port';
import { recordOf } from './record';

/** Writes the incident with its outcome to memory, or replaces what is remembered of it. */
export async function remember(
    incidents: Incidents,
    memory: Memory,
    id: string,
): Promise<{ incident: Incident; outcome: MemoryOutcome }> {
    const stored = await incidents.get(id);
    const record = recordOf(stored.incident, incidents.now());
    await memory.remember(record);
    const { outcome } = record;
    return { incident: await incidents.change(id, remembering(outcome)), outcome };
}

function remembering(outcome: MemoryOutcome): Transition {
    return (incident) => ({
        incident,
        entries: [
            { type: 'memory.remembered', by: 'node:redis-memory', text: rememberText(outcome), data: { outcome } },
        ],
    });
}

/** One sentence for people. */
export function rememberText(outcome: MemoryOutcome): string {
    return `Remembered, outcome: ${outcome}.`;
}
