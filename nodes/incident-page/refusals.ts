import { fill, type Language } from '../core/chat/texts';
import { type ErrorCode, type FixError, failureText } from '../core/errors';

/** Why nobody can be named as the one who decides. */
export type PageRefusal = 'noAdminAuth' | 'notOnLoopback' | 'notThisMachine' | 'notLoggedIn' | 'notPermitted';

/** What the person in front of the page is told, and what to do about it. */
export const PAGE_REFUSALS: Record<Language, Record<PageRefusal, { message: string; cure: string }>> = {
    'en-US': {
        noAdminAuth: {
            message: 'Node-RED has no admin authentication, so nobody can be named as approver.',
            cure: 'Configure adminAuth in settings.js, or approve in chat.',
        },
        notOnLoopback: {
            message: 'The demo operator may only decide while Node-RED listens on 127.0.0.1.',
            cure: 'Set uiHost: "127.0.0.1" in settings.js, or configure adminAuth.',
        },
        notThisMachine: {
            message: 'The demo operator decides on this machine only, in the incident page itself.',
            cure: 'Open the page by its 127.0.0.1 address, without a proxy.',
        },
        notLoggedIn: { message: 'You are not logged in.', cure: 'Log in to the Node-RED editor, then come back.' },
        notPermitted: {
            message: 'You may read here, but not decide.',
            cure: 'Ask for the permission alert-to-fix.approve in adminAuth.',
        },
    },
    'zh-CN': {
        noAdminAuth: {
            message: 'Node-RED 未启用管理员认证，无法确定审批人。',
            cure: '请在 settings.js 中配置 adminAuth，或在聊天中审批。',
        },
        notOnLoopback: {
            message: '仅当 Node-RED 监听 127.0.0.1 时，演示操作员才能决定。',
            cure: '请在 settings.js 中设置 uiHost: "127.0.0.1"，或配置 adminAuth。',
        },
        notThisMachine: {
            message: '演示操作员只能在本机的事件页面中决定。',
            cure: '请用 127.0.0.1 地址打开页面，不经过代理。',
        },
        notLoggedIn: { message: '您尚未登录。', cure: '请先登录 Node-RED 编辑器，再回到此页。' },
        notPermitted: {
            message: '您可以查看，但不能决定。',
            cure: '请在 adminAuth 中申请 alert-to-fix.approve 权限。',
        },
    },
};

/** Why an incident is not diagnosed again, in Chinese; the errors themselves are English. */
const AGAIN_ZH: Partial<Record<ErrorCode, string>> = {
    STAGE_WRONG: '此事件当前状态为“{stage}”，或在您查看后已重新诊断。请查看最新状态。',
    ALERT_NOT_FIRING: '此事件的告警均已恢复，无需重新诊断；再次触发时会产生新的事件。',
    CONFIG_MISSING:
        '接收此事件的 alert-in 节点未部署在这里。请以原有的 id 重新部署，或使用已部署该节点的 Node-RED 的事件页面。',
    INCIDENT_UNKNOWN: '存储中已没有此事件。',
    STORE_DOWN: '未能重新诊断：事件存储不可用。请重试。',
};

/** What the person is told when the incident is not diagnosed again. `stage`: its stage now, in their language. */
export function againRefusal(error: FixError, stage: string, language: Language): string {
    const text = language === 'zh-CN' ? AGAIN_ZH[error.code] : undefined;
    return text === undefined ? failureText(error) : fill(text, { stage });
}
