import helper from 'node-red-node-test-helper';

/**
 * The Node-RED under test: `node-red` unless the environment variable NODE_RED_PACKAGE names the other leg,
 * `node-red-4`.
 */
export const NODE_RED_PACKAGE = process.env.NODE_RED_PACKAGE ?? 'node-red';

helper.init(require.resolve(NODE_RED_PACKAGE));

export { helper };
