import { clip, cut } from '../../../../nodes/core/text/cut';

test('a text that is short enough stays as it is', () => {
    expect(clip('12345', 5)).toBe('12345');
    expect(cut('12345', 5)).toBe('12345');
});

test('a clipped text has the wanted length in all, its last character says that something is missing', () => {
    expect(clip('123456', 5)).toBe('1234…');
    expect(clip('123456', 1)).toBe('…');
    expect(clip('123456', 0)).toBe('…');
});

test('a cut text keeps the wanted length, and says how long it was', () => {
    expect(cut('123456', 5)).toBe('12345… [cut, 6 characters]');
});

test('neither ends in half a character', () => {
    expect(clip('12😀456', 4)).toBe('12…');
    expect(cut('12😀456', 3)).toBe('12… [cut, 7 characters]');
    expect(cut('12😀456', 4)).toBe('12😀… [cut, 7 characters]');
});
