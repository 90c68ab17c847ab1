import type { Incident } from '../model/incident';
import type { MemoryOutcome } from '../model/memory';
import type { Incidents } from '../store/incidents';
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
    const incident = await incidents.change(id, (current) => ({
        incident: current,
        entries: [
            { type: 'memory.remembered', by: 'node:redis-memory', text: rememberText(outcome), data: { outcome } },
        ],
    }));
    return { incident, outcome };
}

/** One sentence for people. */
export function rememberText(outcome: MemoryOutcome): string {
    return `Remembered, outcome: ${outcome}.`;
}
