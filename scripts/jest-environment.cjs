/**
 * Jest environment: Node's, in a context whose global object is an ordinary one. Node's own puts a proxy
 * and interceptors before every look-up of a global (`Math`, `BigInt`), also of the code under test:
 * code that counts in trits takes three times as long there. An older Node 20 has only that.
 */
const vm = require('node:vm');
const { TestEnvironment } = require('jest-environment-node');

const { createContext } = vm;
const ordinary = vm.constants?.DONT_CONTEXTIFY;

module.exports = class OrdinaryGlobalEnvironment extends TestEnvironment {
  constructor(...args) {
    vm.createContext = (given) => createContext(ordinary ?? given);
    try {
      super(...args);
    } finally {
      vm.createContext = createContext;
    }
  }
};
