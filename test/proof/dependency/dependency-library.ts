import { chmodSync, renameSync, writeFileSync } from 'node:fs';
import { runbookOf } from '../../support/line';
import { type CrashAlert, CrashLibrary } from '../crash/crash-library';

/** How the program that lists the hosts behaves. */
export type InventoryMood = 'well' | 'fails' | 'hangs' | 'forgets';

/**
 * A program as inventory: what cloud inventories are. It does as the file of its mood says; one that hangs goes on when
 * that changes.
 */
const PROGRAM = (mood: string, hosts: number): string => `#!/usr/bin/python3
import json, sys, time
def mood():
    return open(${JSON.stringify(mood)}).read()
while mood() == 'hangs':
    time.sleep(0.1)
if mood() == 'fails':
    sys.exit('the cloud does not answer')
names = ['h-%d' % n for n in range(${hosts})] if mood() == 'well' else ['another']
local = {'ansible_connection': 'local', 'ansible_python_interpreter': '/usr/bin/python3'}
print(json.dumps({'all': {'hosts': names}, '_meta': {'hostvars': {name: local for name in names}}}))
`;

/** A library whose hosts are listed by a program, and whose fix is verified by Prometheus as well. */
export class DependencyLibrary extends CrashLibrary {
    private readonly mood = this.path('mood');
    /** Told of every new alert, before it fires. */
    onAlert: (alert: CrashAlert) => void = () => undefined;

    constructor() {
        super();
        this.inventoryIs('well');
        chmodSync(this.write('inventory.py', PROGRAM(this.mood, CrashLibrary.hosts)), 0o755);
        this.write('runbooks/service-stuck.yaml', runbookOf(['note'], "{ check: 'vector(1) == bool 1', within: 25s }"));
    }

    inventoryIs(mood: InventoryMood): void {
        writeFileSync(`${this.mood}.new`, mood);
        renameSync(`${this.mood}.new`, this.mood);
    }

    override newAlert(): CrashAlert {
        const alert = super.newAlert();
        this.onAlert(alert);
        return alert;
    }
}
