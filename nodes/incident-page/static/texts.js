/** Texts of the page itself, in both languages; the card brings its own. */
const TEXTS = {
    'en-US': {
        page: 'alert to fix',
        store: 'Store',
        language: 'Language',
        reason: 'Reason',
        cancel: 'Cancel',
        dismiss: 'Dismiss',
        incidents: 'Incidents',
        open: 'Open',
        all: 'All',
        more: 'Older incidents',
        none: 'No incidents yet.',
        noneOpen: 'Nothing is open. All quiet.',
        waiting: 'Waiting for approval: {count}',
        back: 'All incidents',
        editor: 'Open the editor',
        timeline: 'Timeline',
        'chain-verified': 'chain verified',
        'chain-not-anchored': 'chain intact, {entries} not anchored yet',
        'chain-broken': 'chain broken',
        chainMeaning:
            'Each entry contains the hash of the previous one, and a signed anchor names the last one. This shows whether they still match.',
        broken: {
            'entry-altered': 'Entry {seq} was altered, or does not follow the previous entry.',
            'entry-missing': 'Entry {seq} is missing.',
            rewritten: 'Entries {seq} to {named} are not the ones that anchor {anchor} names.',
            'tail-cut': 'Entry {seq} and all later entries are missing: entry {named} existed before.',
            'record-altered': 'The record of the incident names a different entry {seq}.',
            'state-altered': 'The {what} shown for the incident is not the one that entry {seq} names.',
            unreadable: 'The timeline cannot be read: {reason}',
            'anchor-altered': 'Anchor {anchor}, which names this timeline, was altered.',
            'anchor-signature-wrong':
                'Anchor {anchor}, which names this timeline, is not signed with the key it claims.',
            'anchor-key-unknown':
                'Anchor {anchor}, which names this timeline, is signed with a key that this store does not have. If it is an old key, add it as a further line of the signing keys.',
        },
        altered: {
            plan: 'plan',
            outcome: 'outcome of the run',
            rollback: 'outcome of the rollback',
            verification: 'verification',
        },
        again: 'Diagnose again',
        againMeaning:
            'This starts a new diagnosis, a new dry run and a new approval. Nothing that was approved before runs.',
        againSent: 'The incident goes through the flow again. The diagnosis starts within seconds.',
        cannotAgain: 'You cannot start a new diagnosis here.',
        rejectTitle: 'Reject this fix?',
        approveTitle: 'Run this fix?',
        decision: 'Decision',
        cannotDecide: 'You cannot decide here.',
        approvers: 'May approve',
        asPerson: 'You decide as {name}.',
        approved: 'Approved. The fix runs shortly.',
        'first-of-two': 'Your approval is recorded. A second person must approve too.',
        rejected: 'Rejected. Nothing runs.',
        live: 'live',
        reconnecting: 'reconnecting …',
        login: 'First log in to the Node-RED editor as a user with the required permission.',
        away: 'The server does not respond. Retrying.',
        progress: 'Ansible, task by task ({count})',
        diff: 'What it changed',
        log: 'Log of the run',
        rollbackLog: 'Log of the rollback',
        alerts: 'Alerts with all labels ({count})',
        source: 'Source of the alert',
        runbook: 'Runbook',
        evidence: 'All evidence ({count})',
        cited: 'cited',
        raw: 'All data',
        unfold: 'Show {lines} more lines',
        whole: 'Complete dry run ({lines} lines)',
        wholeDigest: 'SHA-256 {digest}, covered by the seal.',
        stages: {
            open: 'being diagnosed',
            diagnosed: 'diagnosed',
            planned: 'dry run done',
            waiting: 'waiting for approval',
            approved: 'approved',
            running: 'running',
            verifying: 'verifying',
            closed: 'closed',
            inconclusive: 'inconclusive',
            refused: 'not run',
            failed: 'failed',
            'rolled-back': 'rolled back',
            unknown: 'unknown',
        },
    },
    'zh-CN': {
        page: '告警修复',
        store: '存储',
        language: '语言',
        reason: '原因',
        cancel: '取消',
        dismiss: '关闭',
        incidents: '事件',
        open: '未结束',
        all: '全部',
        more: '更早的事件',
        none: '还没有事件。',
        noneOpen: '没有未结束的事件，一切正常。',
        waiting: '等待审批：{count}',
        back: '全部事件',
        editor: '打开编辑器',
        timeline: '时间线',
        'chain-verified': '链已校验',
        'chain-not-anchored': '链完整，{entries} 条尚未锚定',
        'chain-broken': '链已断开',
        chainMeaning: '每条记录都包含前一条的哈希，并由已签名的锚点指明最后一条；此处显示它们是否仍然吻合。',
        broken: {
            'entry-altered': '第 {seq} 条记录被改动，或与前一条不衔接。',
            'entry-missing': '第 {seq} 条记录缺失。',
            rewritten: '第 {seq} 至 {named} 条记录与锚点 {anchor} 所指的不符。',
            'tail-cut': '第 {seq} 条及其后的记录缺失：此前曾有第 {named} 条。',
            'record-altered': '事件本身指向的第 {seq} 条记录与时间线不符。',
            'state-altered': '事件所示的{what}与第 {seq} 条记录所指的不符。',
            unreadable: '无法读取时间线：{reason}',
            'anchor-altered': '指向此时间线的锚点 {anchor} 被改动。',
            'anchor-signature-wrong': '指向此时间线的锚点 {anchor} 并非由其声称的密钥签名。',
            'anchor-key-unknown':
                '指向此时间线的锚点 {anchor} 由此存储没有的密钥签名。若是旧密钥，请将其补填为签名密钥中后面的一行。',
        },
        altered: { plan: '计划', outcome: '执行结果', rollback: '回滚结果', verification: '验证结果' },
        again: '重新诊断',
        againMeaning: '重新诊断、重新试运行、重新审批：之前的批准一律不再执行。',
        againSent: '已送回流程，几秒内开始诊断。',
        cannotAgain: '您不能在此重新诊断。',
        rejectTitle: '拒绝这个修复？',
        approveTitle: '执行这个修复？',
        decision: '决定',
        cannotDecide: '您不能在此决定。',
        approvers: '可审批人',
        asPerson: '您以 {name} 的身份决定。',
        approved: '已批准，修复即将执行。',
        'first-of-two': '您的批准已记录，还需要第二人批准。',
        rejected: '已拒绝，不会执行任何操作。',
        live: '实时',
        reconnecting: '正在重新连接…',
        login: '请先以有相应权限的用户登录 Node-RED 编辑器。',
        away: '服务器没有响应，正在重试。',
        progress: 'Ansible 逐项任务（{count}）',
        diff: '变更内容',
        log: '执行日志',
        rollbackLog: '回滚日志',
        alerts: '告警及全部标签（{count}）',
        source: '告警来源',
        runbook: '运行手册',
        evidence: '全部证据（{count}）',
        cited: '已引用',
        raw: '全部数据',
        unfold: '显示其余 {lines} 行',
        whole: '完整试运行结果（{lines} 行）',
        wholeDigest: 'SHA-256 {digest}，由封印保护。',
        stages: {
            open: '诊断中',
            diagnosed: '已诊断',
            planned: '已试运行',
            waiting: '等待审批',
            approved: '已批准',
            running: '执行中',
            verifying: '验证中',
            closed: '已关闭',
            inconclusive: '无定论',
            refused: '未执行',
            failed: '失败',
            'rolled-back': '已回滚',
            unknown: '未知',
        },
    },
};

const KEY = 'alert-to-fix-language';

export function language() {
    const chosen = localStorage.getItem(KEY);
    if (chosen in TEXTS) return chosen;
    return navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en-US';
}

export function setLanguage(chosen) {
    localStorage.setItem(KEY, chosen);
}

/** The text, with `{name}` filled in. */
export function text(key, values = {}) {
    return fill(TEXTS[language()][key], values);
}

/** What is wrong with a timeline, in a sentence. */
export function brokenText(audit) {
    const { broken, altered } = TEXTS[language()];
    return fill(broken[audit.fault], { ...audit, what: altered[audit.what] });
}

function fill(template, values) {
    return template.replace(/\{(\w+)\}/g, (_all, name) => values[name]);
}

export function stageText(stage) {
    return TEXTS[language()].stages[stage] ?? stage;
}

/** As the card writes times: UTC, which everybody in the channel reads alike. */
export function time(iso) {
    return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}
