import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { readNote } from '../../../flows/quickstart/note';

const folder = mkdtempSync(path.join(tmpdir(), 'a2f-note-'));
const file = path.join(folder, 'pids.json');
afterAll(() => rmSync(folder, { recursive: true }));

test('a note that is not there, cut off, or of another form is none', () => {
    const read = (): number[] | undefined => readNote(file, z.array(z.number()));
    const notes = ['', '[1, 2', '{}', '["1"]', '[1, 2]'].map((text) => {
        writeFileSync(file, text);
        return read();
    });
    rmSync(file);
    expect([...notes, read()]).toEqual([undefined, undefined, undefined, undefined, [1, 2], undefined]);
});
