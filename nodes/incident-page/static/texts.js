/** Texts of the page itself, in both languages; the card brings its own. */
const TEXTS = {
    'en-US': {
        store: 'Store', language: 'Language', reason: 'Reason', cancel: 'Cancel',
        open: 'Open', all: 'All', more: 'Older incidents', none: 'No incidents yet.', noneOpen: 'Nothing is open. All quiet.',
        incident: 'Incident', stage: 'State', since: 'Opened', alert: 'Alert', severity: 'Severity',
        timeline: 'Timeline', chainWhole: 'chain verified', chainBroken: 'chain broken at entry {seq}', back: 'All incidents',
        rejectTitle: 'Reject this fix?', reject: 'Reject', approveTitle: 'Run this fix?', cannotDecide: 'You cannot decide here: ',
        approvers: 'May approve', live: 'live', reconnecting: 'reconnecting …', log: 'Log of the run', login: 'Log in to the Node-RED editor first.',
        copied: 'copied', raw: 'All data', recorded: 'Decision recorded.', unfold: 'Show all {lines} lines',
        stages: {
            open: 'being diagnosed', diagnosed: 'diagnosed', planned: 'dry run done', waiting: 'waiting for approval', approved: 'approved',
            running: 'running', verifying: 'verifying', closed: 'closed', inconclusive: 'inconclusive', refused: 'not run', failed: 'failed',
            'rolled-back': 'rolled back', unknown: 'unknown',
        },
    },
    'zh-CN': {
        store: '存储', language: '语言', reason: '原因', cancel: '取消',
        open: '未结束', all: '全部', more: '更早的事件', none: '还没有事件。', noneOpen: '没有未结束的事件，一切正常。',
        incident: '事件', stage: '状态', since: '开始时间', alert: '告警', severity: '级别',
        timeline: '时间线', chainWhole: '链已校验', chainBroken: '链在第 {seq} 条断开', back: '全部事件',
        rejectTitle: '拒绝这个修复？', reject: '拒绝', approveTitle: '执行这个修复？', cannotDecide: '您不能在此决定：',
        approvers: '可审批人', live: '实时', reconnecting: '正在重新连接…', log: '执行日志', login: '请先登录 Node-RED 编辑器。',
        copied: '已复制', raw: '全部数据', recorded: '决定已记录。', unfold: '显示全部 {lines} 行',
        stages: {
            open: '诊断中', diagnosed: '已诊断', planned: '已试运行', waiting: '等待审批', approved: '已批准',
            running: '执行中', verifying: '验证中', closed: '已关闭', inconclusive: '无定论', refused: '未执行', failed: '失败',
            'rolled-back': '已回滚', unknown: '未知',
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
    return TEXTS[language()][key].replace(/\{(\w+)\}/g, (_all, name) => values[name]);
}

export function stageText(stage) {
    return TEXTS[language()].stages[stage] ?? stage;
}
