import { writeFileSync } from 'node:fs';
import path from 'node:path';

/** Addresses of the quickstart's parts, all on 127.0.0.1. */
export interface Ports {
    nodeRed: number;
    service: number;
    prometheus: number;
    alertmanager: number;
}

/** Name of the demo host in the inventory and in the alerts' `host` label. */
export const DEMO_HOST = 'print-shop';

/** Writes prometheus.yml and the alert rules into `folder`; answers the configuration's path. */
export function writePrometheusConfig(folder: string, ports: Ports): string {
    const rules = path.join(folder, 'rules.yml');
    const config = path.join(folder, 'prometheus.yml');
    writeFileSync(
        rules,
        `groups:
  - name: print-shop
    rules:
      - alert: PrintSpoolFilling
        expr: demo_spool_bytes / demo_spool_quota_bytes > 0.9
        for: 1s
        labels: {severity: critical, host: ${DEMO_HOST}, team: shop}
        annotations:
          summary: The spool of {{ $labels.service }} is {{ $value | humanizePercentage }} full.
          description: New orders are refused when the quota is used up.
      - alert: PrintWorkerDown
        expr: demo_worker_up == 0
        for: 1s
        labels: {severity: warning, host: ${DEMO_HOST}, team: shop}
        annotations:
          summary: The print worker of {{ $labels.service }} is down.
`,
    );
    writeFileSync(
        config,
        `global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: ['${rules}']
alerting:
  alertmanagers:
    - static_configs: [{targets: ['127.0.0.1:${ports.alertmanager}']}]
scrape_configs:
  - job_name: print-shop
    static_configs: [{targets: ['127.0.0.1:${ports.service}'], labels: {service: print-shop, instance: print-shop}}]
`,
    );
    return config;
}

/** Writes alertmanager.yml, which sends to alert-in with a bearer token; answers its path. */
export function writeAlertmanagerConfig(folder: string, ports: Ports, token: string): string {
    const config = path.join(folder, 'alertmanager.yml');
    writeFileSync(
        config,
        `route: {receiver: alert-to-fix, group_by: [alertname, service], group_wait: 1s, group_interval: 2s, repeat_interval: 1h}
receivers:
  - name: alert-to-fix
    webhook_configs:
      - url: http://127.0.0.1:${ports.nodeRed}/alert-to-fix/webhook
        send_resolved: true
        http_config: {authorization: {type: Bearer, credentials: '${token}'}}
`,
        { mode: 0o600 },
    );
    return config;
}
