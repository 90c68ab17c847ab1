import { STAGES } from '../../nodes/core/model/stage';
import type { TimelineType } from '../../nodes/core/model/timeline';
import { type Figure, milliseconds, percentile, table } from '../bench/figures';
import type { Evidence } from './evidence';
import type { Mark, Verdict } from './judge';
import { growth, lastLife, type Sample, warm } from './samples';

/** All that a soak on one store gave. */
export interface Soaked {
    title: string;
    /** Seconds of storms. */
    seconds: number;
    /** Alerts that the storm began; undefined when it had not said so by the end of the drain. */
    fired: number | undefined;
    /** What Alertmanager sent and was answered, see `witness.ts`. */
    intake: { alerts: number; different: number; latencies: readonly number[]; notTaken: number };
    desk: {
        counts: Record<'approvals' | 'rejections' | 'leftAlone' | 'doubleClicks' | 'turnedAway', number>;
        waiting: readonly number[];
    };
    kills: { nodeRed: number; redis: number };
    ownDeaths: readonly string[];
    marks: readonly Mark[];
    evidence: Evidence;
    samples: readonly Sample[];
    verdict: Verdict;
}

const none = (faults: readonly string[]): Pick<Figure, 'value' | 'aim'> => ({
    value: String(faults.length),
    aim: { text: '0', met: faults.length === 0 },
});

/** The figures as a Markdown table that can be pasted into `docs/soak.md`; below it each fault, in full. */
export function report(soaked: Soaked): string {
    const { title, verdict, ownDeaths } = soaked;
    const figures = [...lineFigures(soaked), ...faultFigures(soaked), ...processFigures(soaked)];
    const faults = [
        ...(Object.values(verdict).flat() as string[]),
        ...ownDeaths.map((log) => `Node-RED died by itself:\n${log}`),
    ];
    return `${table({ title, figures })}${faults.map((fault) => `- FAULT: ${fault}\n`).join('')}`;
}

function lineFigures({ seconds, fired, intake, desk, kills, marks, evidence }: Soaked): Figure[] {
    const { counts, waiting } = desk;
    const happened = (type: TimelineType): number =>
        evidence.incidents.filter(({ entries }) => entries.some((entry) => entry.type === type)).length;
    const stages = STAGES.map(
        (stage) => [evidence.incidents.filter(({ incident }) => incident.stage === stage).length, stage] as const,
    ).filter(([count]) => count > 0);
    return [
        {
            name: 'intake',
            value: `${(intake.alerts / seconds).toFixed(1)} alerts/s; ${intake.alerts} taken, of ${intake.different} different ones; ${fired ?? 'an unknown number'} fired`,
        },
        {
            name: 'webhook to answer',
            value: `p50 ${milliseconds(percentile(intake.latencies, 0.5))}, p99 ${milliseconds(percentile(intake.latencies, 0.99))}; ${intake.notTaken} sent again`,
        },
        {
            name: 'incidents',
            value: `${evidence.incidents.length}; at the end ${stages.map(([count, stage]) => `${count} ${stage}`).join(', ')}`,
        },
        {
            name: 'approvals waiting at a time',
            value: `median ${percentile(waiting, 0.5)}, at most ${Math.max(0, ...waiting)}`,
        },
        {
            name: 'the robot',
            value: `${counts.approvals} approved, ${counts.rejections} rejected, ${counts.leftAlone} left alone, ${counts.doubleClicks} double clicks, ${counts.turnedAway} clicks turned away`,
        },
        {
            name: 'runs',
            value: `${marks.length} on disk; ${happened('run.refused')} refused by a check, ${happened('run.unknown')} unknown`,
        },
        {
            name: 'approvals that ended unused',
            value: `${happened('approval.rejected')} rejected, ${happened('approval.expired')} expired, ${happened('approval.withdrawn')} withdrawn`,
        },
        { name: 'kill -9', value: `${kills.nodeRed} × Node-RED${kills.redis > 0 ? `, ${kills.redis} × Redis` : ''}` },
    ];
}

function faultFigures({ verdict, evidence, ownDeaths }: Soaked): Figure[] {
    const { audit } = evidence;
    return [
        { name: 'losses', ...none(verdict.losses) },
        { name: 'double runs', ...none(verdict.doubleRuns) },
        { name: 'runs without approval', ...none(verdict.unapproved) },
        { name: 'broken chains', ...none(verdict.brokenChains) },
        { name: 'Node-RED died by itself', ...none(ownDeaths) },
        {
            name: 'audited',
            value: `${audit.entries} timeline entries, ${audit.anchors} anchors, signatures ${audit.signatures}; ${audit.found} incidents anchored after a crash`,
        },
    ];
}

/** Of the process that lived last, from after its start to after the drain. */
function processFigures({ samples }: Soaked): Figure[] {
    const life = lastLife(samples);
    const [first, last] = [life[0], life.at(-1)];
    if (!first || !last) return [{ name: 'process', value: 'no sample: Node-RED was never up for long enough' }];
    const lasting = warm(life);
    const perHour = (of: 'resident' | 'heap'): string => {
        const grown = growth(lasting, of);
        return `${Number.isNaN(grown) ? 'unknown' : `${grown > 0 ? '+' : ''}${grown.toFixed(1)} MiB/h`} (${mebibytes(lasting[0]?.[of] ?? first[of])} → ${mebibytes(last[of])} MiB)`;
    };
    const { p50, p99, max } = last.delay;
    const samplesOf = `over ${minutesOf(lasting)} min, ${lasting.length} samples`;
    return [
        {
            name: 'open handles',
            value: `${handlesOf(first)} → ${handlesOf(last)} (at most ${Math.max(...life.map(handlesOf))})`,
        },
        {
            name: 'open file descriptors',
            value: `${first.descriptors} → ${last.descriptors} (at most ${Math.max(...life.map(({ descriptors }) => descriptors))})`,
        },
        { name: 'resident memory after GC', value: `${perHour('resident')} ${samplesOf}` },
        { name: 'heap after GC', value: `${perHour('heap')} ${samplesOf}` },
        {
            name: 'event-loop delay',
            value: `p50 ${milliseconds(p50)}, p99 ${milliseconds(p99)}, most ${milliseconds(max)}`,
        },
    ];
}

function handlesOf({ handles }: Sample): number {
    return Object.values(handles).reduce((sum, count) => sum + count, 0);
}

function mebibytes(bytes: number): string {
    return (bytes / 2 ** 20).toFixed(0);
}

function minutesOf(samples: readonly Sample[]): string {
    return (((samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0)) / 60_000).toFixed(1);
}
