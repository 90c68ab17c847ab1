import { pageLink } from '../../../../nodes/core/chat/page-link';

test.each([
    ['https://ops.example', 'https://ops.example/alert-to-fix/#/inc-1'],
    ['https://ops.example/red//', 'https://ops.example/red/alert-to-fix/#/inc-1'],
    ['', undefined],
    [undefined, undefined],
])('the page of an incident below %s is %s', (pageUrl, link) => {
    expect(pageLink(pageUrl)('inc-1')).toBe(link);
});

test.each(['ops.example', 'ftp://ops.example', 'javascript:alert(1)', 'https://'])('%s is refused', (pageUrl) => {
    expect(() => pageLink(pageUrl)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', field: 'pageUrl' }));
});
