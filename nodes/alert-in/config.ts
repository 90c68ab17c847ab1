import type { NodeDef } from 'node-red';
import { FixError } from '../core/errors';
import type { Grouping } from '../core/intake/grouping';
import type { IntakeSettings } from '../core/intake/intake';
import type { WebhookAuth } from '../core/intake/webhook-auth';
import { requireResolved } from '../runtime/env';

/** As saved by the editor; numbers may be text, and any value may come from an environment variable. */
export interface AlertInConfig extends NodeDef {
    store: string;
    /** Empty, or absent in a flow of an earlier version: ends that the sender did not tell are not asked for. */
    prometheus?: string;
    path: string;
    auth: WebhookAuth['kind'];
    signatureHeader: string;
    timestampHeader: string;
    timestampWindow: number | string;
    bodyLimit: number | string;
    cluster: string;
    grouping: Grouping['by'];
    groupLabels: string;
    cooldown: number | string;
    stormLimit: number | string;
    severityLabel: string;
    clusterLabel: string;
    teamLabel: string;
}

export interface AlertInCredentials {
    token?: string;
    user?: string;
    password?: string;
    secret?: string;
}

/** The webhook's path. Throws `CONFIG_INVALID`. */
export function pathOf(config: AlertInConfig): string {
    requireResolved({ path: config.path });
    if (/^(?:\/[\w.~-]+)+$/.test(config.path) && !/\/\.{1,2}(?:\/|$)/.test(config.path)) return config.path;
    throw new FixError(
        'CONFIG_INVALID',
        'The path must start with / and may contain only letters, digits, and . _ ~ -',
        {
            field: 'path',
            cure: 'Enter a path such as /alert-to-fix/webhook.',
        },
    );
}

/** Throws `CONFIG_INVALID` when a secret is missing. */
export function authOf(config: AlertInConfig, credentials: AlertInCredentials): WebhookAuth {
    switch (config.auth) {
        case 'bearer':
            return { kind: 'bearer', token: secretOf(credentials, 'token') };
        case 'basic':
            return { kind: 'basic', user: secretOf(credentials, 'user'), password: secretOf(credentials, 'password') };
        case 'hmac':
            return {
                kind: 'hmac',
                secret: secretOf(credentials, 'secret'),
                signatureHeader: config.signatureHeader || 'X-Grafana-Alerting-Signature',
                timestampHeader: config.timestampHeader || 'X-Grafana-Alerting-Timestamp',
                windowSeconds: numberOf(config, 'timestampWindow', 1),
            };
        default:
            return { kind: 'none' };
    }
}

/** Bytes; the dialog asks for kilobytes. Throws `CONFIG_INVALID`. */
export function bodyLimitOf(config: AlertInConfig): number {
    return numberOf(config, 'bodyLimit', 1) * 1_024;
}

/** Throws `CONFIG_INVALID` naming the field. */
export function settingsOf(config: AlertInConfig): IntakeSettings {
    requireResolved({ cluster: config.cluster, groupLabels: config.groupLabels });
    return {
        grouping: groupingOf(config),
        scope: `${config.path} ${config.cluster}`,
        cooldownSeconds: numberOf(config, 'cooldown', 0),
        stormLimit: numberOf(config, 'stormLimit', 0),
        names: {
            severity: config.severityLabel || 'severity',
            cluster: config.clusterLabel || 'cluster',
            team: config.teamLabel || 'team',
            clusterName: config.cluster,
        },
    };
}

function groupingOf(config: AlertInConfig): Grouping {
    if (config.grouping !== 'labels') return { by: config.grouping === 'fingerprint' ? 'fingerprint' : 'group' };
    const labels = config.groupLabels
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '');
    if (labels.length > 0) return { by: 'labels', labels };
    throw new FixError('CONFIG_INVALID', 'Grouping by labels needs at least one label name.', {
        field: 'groupLabels',
        cure: 'Enter label names separated by commas, such as alertname, instance.',
    });
}

function secretOf(credentials: AlertInCredentials, field: keyof AlertInCredentials): string {
    const value = credentials[field] ?? '';
    requireResolved({ [field]: value });
    if (value !== '') return value;
    throw new FixError('CONFIG_INVALID', 'The chosen authentication has no secret.', {
        field,
        cure: 'Open this node and fill it in, or choose another authentication.',
    });
}

function numberOf(
    config: AlertInConfig,
    field: 'timestampWindow' | 'bodyLimit' | 'cooldown' | 'stormLimit',
    least: number,
): number {
    requireResolved({ [field]: config[field] });
    const value = Number(config[field]);
    if (config[field] !== '' && Number.isFinite(value) && value >= least) return value;
    throw new FixError('CONFIG_INVALID', `The value must be a number of at least ${least}.`, {
        field,
        cure: 'Open this node and correct it.',
    });
}
