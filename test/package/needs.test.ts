import path from 'node:path';
import { programsNamed, programsNeeded, testFiles } from '../support/needs';
import { ROOT } from '../support/package';

const files = testFiles(path.join(ROOT, 'test')).map((file) => [path.relative(ROOT, file), file] as const);

test.each(files)('%s names the programs it needs, so that npm test can say what it leaves out', (_name, file) => {
    const named = programsNamed(file);
    expect([...programsNeeded(file)].filter((program) => !named.has(program))).toEqual([]);
});
