import { alertName, type Incident } from '../incident/incident';
import { canonicalJson, sha256 } from '../json';

/** Labels that name the thing an alert is about. Left out on purpose: what changes with every restart, such as `pod`. */
const NAMING_LABELS = [
    'cluster', 'namespace', 'service', 'job', 'deployment', 'statefulset', 'daemonset', 'container',
    'host', 'hostname', 'node', 'instance', 'device', 'mountpoint',
] as const;

/** A host and its port, also `[::1]:9100`; an IPv6 address without brackets has no port that could be told apart. */
const WITH_PORT = /^(\[[^\]]*\]|[^:]*):\d{1,5}$/;

/** SHA-256 over the alertname and the labels that name the thing: equal when the same thing goes wrong again. */
export function identityOf(incident: Incident): string {
    const { labels } = incident;
    const naming = NAMING_LABELS.flatMap((name) => (labels[name] === undefined ? [] : [[name, withoutPort(labels[name])]]));
    return sha256(canonicalJson([alertName(incident), naming]));
}

function withoutPort(value: string): string {
    return value.replace(WITH_PORT, '$1');
}
