import type { NodeAPI, NodeDef } from 'node-red';
import { AlertmanagerAlerts } from '../adapters/alertmanager/alertmanager-alerts';
import { PrometheusMetrics } from '../adapters/prometheus/prometheus-metrics';
import { PrometheusRules } from '../adapters/prometheus/prometheus-rules';
import { FixError } from '../core/errors';
import type { HttpAuth } from '../core/http';
import type { ServiceNode } from '../runtime/config-node';
import { defineNode } from '../runtime/define-node';
import { requireResolved } from '../runtime/env';
import { requireNumber, requireUrl } from '../runtime/fields';
import type { PrometheusServerService } from '../runtime/services';

interface Config extends NodeDef {
    url: string;
    /** Empty: whether alerts still fire cannot be asked. */
    alertmanagerUrl: string;
    auth: HttpAuth['kind'];
    /** Seconds. */
    timeout: number | string;
}

interface Credentials {
    token?: string;
    user?: string;
    password?: string;
}

/** Prometheus, and the Alertmanager beside it, for evidence and verification. */
export = function prometheusServer(RED: NodeAPI): void {
    defineNode<Config, Credentials>(
        RED,
        'prometheus-server',
        ({ node, config }) => {
            const { url, alertmanagerUrl } = config;
            requireResolved({ url, alertmanagerUrl, ...node.credentials });
            const common = {
                auth: authOf(config.auth, node.credentials),
                timeoutMs: requireNumber('timeout', config.timeout, 1, 120) * 1_000,
            };
            const options = { url: requireUrl('url', url), ...common };
            const alerts = alertmanagerUrl?.trim()
                ? new AlertmanagerAlerts({ url: requireUrl('alertmanagerUrl', alertmanagerUrl), ...common })
                : undefined;
            (node as ServiceNode<PrometheusServerService>).service = {
                metrics: new PrometheusMetrics(options),
                rules: new PrometheusRules(options),
                ...(alerts && { alerts }),
            };
            return {};
        },
        {
            credentials: { token: { type: 'password' }, user: { type: 'text' }, password: { type: 'password' } },
        },
    );
};

function authOf(kind: HttpAuth['kind'], { token, user, password }: Credentials = {}): HttpAuth {
    if (kind === 'bearer') {
        if (token) return { kind, token };
        throw missing('token', 'Enter the token, or choose no sign-in.');
    }
    if (kind === 'basic') {
        if (user && password) return { kind, user, password };
        throw missing('password', 'Enter user and password, or choose no sign-in.');
    }
    return { kind: 'none' };
}

function missing(field: string, cure: string): FixError {
    return new FixError('CONFIG_INVALID', 'The sign-in is incomplete.', { field, cure });
}
