import type { ActiveAlert } from '../../../nodes/adapters/alertmanager/alertmanager-alerts';
import { textsOf } from '../../../nodes/core/chat/texts';
import { since } from '../../../nodes/core/chat/when';
import { FixError } from '../../../nodes/core/errors';
import { clip } from '../../../nodes/core/text/cut';
import { plainLine } from '../../../nodes/core/text/plain-text';
import { redact } from '../../../nodes/core/text/redact';
import type { ReplySection } from '../../message/reply';
import type { Command } from '../call';
import { nearest } from '../nearest';
import type { Parts } from '../parts';

const MOST_LISTED = 20;
/** Maximum number of alerts that have a button each; more share a select. */
const MOST_BUTTONS = 5;

/** What fires now, each with a way to diagnose it. */
export const alerts: Command<Parts> = async ({ flags, signal }, parts) => {
    const source = parts.alerts();
    if (!source) {
        throw new FixError('CONFIG_MISSING', 'No Alertmanager is configured.', {
            field: 'alertmanager',
            cure: 'Add alertmanager: {url: …} to the configuration of the fix executor.',
        });
    }
    const asked = Object.fromEntries([...flags].filter(([name]) => name === 'severity' || name === 'namespace'));
    const firing = await source.firing(asked, signal);
    const sections = await (firing.length > 0
        ? listed(firing, parts)
        : nothing(asked, signal, source.firing.bind(source)));
    return { sections };
};

function listed(firing: ActiveAlert[], parts: Parts): ReplySection[] {
    const newestFirst = [...firing].sort((a, b) => b.startsAt.localeCompare(a.startsAt));
    const shown = newestFirst.slice(0, MOST_LISTED);
    const title = firing.length === 1 ? '1 alert fires' : `${firing.length} alerts fire`;
    if (shown.length <= MOST_BUTTONS) {
        return [
            { title },
            ...shown.map(
                (alert): ReplySection => ({
                    text: lineOf(alert, parts),
                    buttons: [{ label: 'Diagnose', command: `fix diagnose ${alert.fingerprint}`, style: 'primary' }],
                }),
            ),
        ];
    }
    const left = firing.length - shown.length;
    return [
        { title, items: shown.map((alert) => `${alert.fingerprint} · ${lineOf(alert, parts)}`) },
        {
            select: { label: 'Diagnose', command: 'fix diagnose', groups: groupsOf(shown) },
            notes: [
                'Diagnose one: fix diagnose and its fingerprint.',
                ...(left > 0 ? [`${left} more are not shown; narrow with --severity=… or --namespace=….`] : []),
            ],
        },
    ];
}

/** Nothing fires with these labels: names a value that was meant, if one is near. */
async function nothing(
    asked: Record<string, string>,
    signal: AbortSignal,
    firing: (labels: Record<string, string>, signal: AbortSignal) => Promise<ActiveAlert[]>,
): Promise<ReplySection[]> {
    const [filter] = Object.entries(asked);
    if (!filter) return [{ text: 'No alert fires.' }];
    const [name, value] = filter;
    const values = [
        ...new Set((await firing({}, signal)).map(({ labels }) => labels[name] ?? '').filter((text) => text !== '')),
    ];
    const near = nearest(value, values);
    const wanted = Object.entries(asked)
        .map(([label, text]) => `${label}=${plainLine(text)}`)
        .join(', ');
    const hint = near !== undefined && near !== value ? ` Did you mean --${name}=${near}?` : '';
    return [
        { text: `No alert fires with ${wanted}.${hint}`, buttons: [{ label: 'All alerts', command: 'fix alerts' }] },
    ];
}

function groupsOf(shown: readonly ActiveAlert[]): { label: string; options: { label: string; value: string }[] }[] {
    const groups = new Map<string, { label: string; value: string }[]>();
    for (const alert of shown) {
        const severity = plainLine(alert.labels.severity ?? '') || 'no severity';
        groups.set(severity, [
            ...(groups.get(severity) ?? []),
            { label: clip(nameOf(alert), 75), value: alert.fingerprint },
        ]);
    }
    return [...groups].map(([label, options]) => ({ label, options }));
}

function lineOf(alert: ActiveAlert, { config, clock }: Parts): string {
    const severity = alert.labels.severity ? ` (${plainLine(alert.labels.severity)})` : '';
    const said = alert.annotations.summary ?? alert.annotations.description;
    return [
        `${nameOf(alert)}${severity}`,
        said === undefined ? '' : clip(plainLine(redact(said)), 160),
        since(alert.startsAt, clock(), textsOf(config.language)),
    ]
        .filter(Boolean)
        .join(' · ');
}

/** `DiskFilling shop web-1`. */
export function nameOf({ labels }: Pick<ActiveAlert, 'labels'>): string {
    const parts = [
        labels.alertname ?? 'alert',
        labels.namespace,
        labels.pod ?? labels.instance ?? labels.host ?? labels.service,
    ];
    return clip(plainLine(redact(parts.filter(Boolean).join(' '))), 120);
}
