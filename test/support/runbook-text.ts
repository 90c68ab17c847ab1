/** A good runbook file with every key; tests spoil one part of it. */
export const GOOD_RUNBOOK = `id: disk-filling
title: Disk is filling up
alerts:
  - alertname="DiskFilling"
  - alertname=~"NodeFilesystem.*", severity!="info"
knowledge: |
  The spool fills the disk.
checks:
  - id: used
    title: Share of the quota in use
    query: disk_used_bytes{instance="{{instance}}"} / disk_quota_bytes{instance="{{instance}}"}
    unit: ratio
    holds: "> 0.9"
causes:
  - cause: Old spool files fill the volume of {{host}}.
    when: [used]
    confidence: 0.9
    action: clean-spool
    parameters: { keep_days: 1 }
actions:
  - id: clean-spool
    title: Remove old spool files
    description: Deletes spool files older than keep_days.
    risk: low
    playbook: playbooks/clean-spool.yml
    tags: [clean]
    target: host
    parameters:
      keep_days: { type: integer, description: Days to keep., minimum: 0, maximum: 30, default: 1 }
      path: { type: string, description: The folder., pattern: "^/[A-Za-z0-9._/-]+$", max_length: 200, from: path }
    verify: { check: 'disk_used_ratio{instance="{{instance}}"} < 0.8', within: 2m }
    rollback: { playbook: playbooks/restore-spool.yml }
    approval: Safe by day and night.
`;

/** The shortest good runbook: knowledge only. */
export function knowledgeRunbook(id: string, title = id): string {
    return `id: ${id}\ntitle: ${title}\nalerts: ['alertname="${id}"']\n`;
}
