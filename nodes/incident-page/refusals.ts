import type { Language } from '../core/chat/texts';

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
        noAdminAuth: { message: 'Node-RED 未启用管理员认证，无法确定审批人。', cure: '请在 settings.js 中配置 adminAuth，或在聊天中审批。' },
        notOnLoopback: { message: '仅当 Node-RED 监听 127.0.0.1 时，演示操作员才能决定。', cure: '请在 settings.js 中设置 uiHost: "127.0.0.1"，或配置 adminAuth。' },
        notThisMachine: { message: '演示操作员只能在本机的事件页面中决定。', cure: '请用 127.0.0.1 地址打开页面，不经过代理。' },
        notLoggedIn: { message: '您尚未登录。', cure: '请先登录 Node-RED 编辑器，再回到此页。' },
        notPermitted: { message: '您可以查看，但不能决定。', cure: '请在 adminAuth 中申请 alert-to-fix.approve 权限。' },
    },
};
