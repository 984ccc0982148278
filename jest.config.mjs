/** Tests run on the TypeScript sources; esbuild takes the types off. */
export default {
  roots: ['<rootDir>/packages', '<rootDir>/test'],
  testMatch: ['**/test/**/*.test.ts'],
  testEnvironment: '<rootDir>/scripts/jest-environment.cjs',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/scripts/jest-transform.cjs' },
  reporters: ['default', '<rootDir>/scripts/jest-closing-line.cjs'],
  // Jest's own default leaves one core of two idle.
  maxWorkers: 2,
  // A module context stays in memory when its suite has ended: without a fresh start now and then a
  // worker comes to spend half of its time on collecting garbage.
  workerIdleMemoryLimit: '500MB',
  testTimeout: 30_000,
  // A test that fails may leave a child process behind, which must not keep the run from ending.
  forceExit: true,
};
