/**
 * @needs ansible-playbook
 * @needs redis-server
 * @needs prometheus
 * @needs prometheus-alertmanager
 */
import { attacks, legitimate } from './attacks/attacks';
import { proveInShort } from './in-jest';

jest.setTimeout(900_000);

proveInShort(attacks);
proveInShort(legitimate);
