import { alertName, type Incident } from '../model/incident';
import { withoutPort } from '../text/host-name';
import { canonicalJson, sha256 } from '../text/json';

/**
 * Labels that name the thing an alert is about. Left out on purpose: what changes with every restart, such as `pod`.
 */
const NAMING_LABELS = [
    'cluster',
    'namespace',
    'service',
    'job',
    'deployment',
    'statefulset',
    'daemonset',
    'container',
    'host',
    'hostname',
    'node',
    'instance',
    'device',
    'mountpoint',
] as const;

/** SHA-256 over the alertname and the labels that name the thing: equal when the same thing goes wrong again. */
export function recurrenceKeyOf(incident: Incident): string {
    const { labels } = incident;
    const naming = NAMING_LABELS.flatMap((name) =>
        labels[name] === undefined ? [] : [[name, withoutPort(labels[name])]],
    );
    return sha256(canonicalJson([alertName(incident), naming]));
}
