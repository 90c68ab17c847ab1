/**
 * @needs ansible-playbook
 */
import { slowInputs } from './attacks/slow-inputs';
import { proveInShort } from './in-jest';

jest.setTimeout(900_000);

proveInShort(slowInputs);
