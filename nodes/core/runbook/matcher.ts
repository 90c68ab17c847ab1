/** One Alertmanager matcher, see https://prometheus.io/docs/alerting/latest/configuration/#matcher */
export interface Matcher {
    name: string;
    op: '=' | '!=' | '=~' | '!~';
    value: string;
}
