import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRunbook } from '../../nodes/core/runbook/parse';

test('the runbook that the documentation explains is a good one', () => {
    const page = readFileSync(join(__dirname, '../../docs/runbooks.md'), 'utf8');
    const example = /```yaml\n(id: disk-filling[^]*?)```/.exec(page)?.[1] ?? '';
    expect(parseRunbook(example, 'runbooks/disk-filling.yaml')).toMatchObject({ runbook: { id: 'disk-filling' } });
});
