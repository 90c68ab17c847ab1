import type { EvidenceTool } from './evidence-tool';
import type { Sources } from './sources';
import { alertTool } from './tools/alert';
import { checkTool } from './tools/check';
import { pastIncidentsTool } from './tools/past-incidents';
import { promqlTool } from './tools/promql';
import { relatedAlertsTool } from './tools/related-alerts';
import { runbookTool } from './tools/runbook';

/** Every tool, in the order of its first evidence. A tool whose source is not configured is not made. */
const TOOLS: readonly ((sources: Sources) => EvidenceTool | undefined)[] = [
    alertTool,
    checkTool,
    relatedAlertsTool,
    pastIncidentsTool,
    runbookTool,
    promqlTool,
];

/** The tools for these sources. */
export function evidenceTools(sources: Sources): EvidenceTool[] {
    const made = [...TOOLS.flatMap((make) => make(sources) ?? []), ...(sources.tools ?? [])];
    return made.filter(({ name }, index) => made.findIndex((tool) => tool.name === name) === index);
}
