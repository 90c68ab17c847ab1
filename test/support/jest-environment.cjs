// Jest runs tests in a realm of their own, where errors born outside fail `instanceof Error`; the OpenAI SDK
// then mistakes its time-outs. Here errors of any realm count.
'use strict';
const { TestEnvironment } = require('jest-environment-node');

module.exports = class extends TestEnvironment {
    async setup() {
        await super.setup();
        Object.defineProperty(this.global.Error, Symbol.hasInstance, {
            configurable: true,
            value(candidate) {
                if (this !== Error && !Object.is(this.name, 'Error'))
                    return Function.prototype[Symbol.hasInstance].call(this, candidate);
                return Object.prototype.toString.call(candidate) === '[object Error]';
            },
        });
    }
};
