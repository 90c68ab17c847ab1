import { type Alert, firingAlerts, type Incident } from '../../model/incident';
import { cut } from '../../text/cut';
import type { Answer, EvidenceTool, Question } from '../evidence-tool';
import { labelsText } from './texts';

/** Kind of the evidence that an alert is. */
export const ALERT = 'alert';
const MOST_ALERTS = 10;

/** The alerts of the incident themselves; those that fire, or all when none fires any more. */
export function alertTool(): EvidenceTool {
    return {
        name: ALERT,
        says: 'the alerts of the incident.',
        mayNameHost: true,
        longest: 3_000,
        initial: (incident) => {
            const firing = firingAlerts(incident);
            const alerts = firing.length > 0 ? firing : incident.alerts;
            const left = alerts.length - MOST_ALERTS;
            return [
                ...alerts.slice(0, MOST_ALERTS).map(questionOf),
                ...(left > 0 ? [known('More alerts', `${left} more alerts of this incident are not shown.`)] : []),
            ];
        },
    };
}

function questionOf(alert: Alert): Question {
    return known(`Alert ${alert.labels.alertname ?? alert.fingerprint}`, alertText(alert));
}

function known(title: string, result: string): Question {
    return { title, answer: (): Promise<Answer> => Promise.resolve({ result }) };
}

function alertText(alert: Incident['alerts'][number]): string {
    const lines = [`${alert.status} since ${alert.startsAt}`, `labels ${labelsText(alert.labels)}`];
    for (const [name, text] of Object.entries(alert.annotations)) lines.push(`${name}: ${cut(text, 800)}`);
    return lines.join('\n');
}
