import { parsePort } from '../../../../nodes/core/text/tcp-port';

test('a port is a number from 1 to 65535; 0 counts where any free port will do', () => {
    expect(parsePort('PORT', '1880')).toBe(1880);
    expect(parsePort('PORT', '65535')).toBe(65_535);
    expect(parsePort('--port', '0', 0)).toBe(0);
});

test.each(['abc', '0', '70000', '', '-1', '80.5', '1e3', ' 80'])(
    '"%s" is refused with the name of the setting and the cure',
    (text) => {
        expect(() => parsePort('PORT', text)).toThrow(`PORT is "${text}": set it to a port number from 1 to 65535.`);
    },
);
