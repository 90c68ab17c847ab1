/**
 * @needs redis-server
 * @needs prometheus
 * @needs prometheus-alertmanager
 * @needs ansible-playbook
 */
import { dependencies } from './dependencies';
import { proveInShort } from './in-jest';

jest.setTimeout(900_000);

proveInShort(dependencies);
