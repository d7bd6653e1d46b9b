// Fast projects first: `jest --selectProjects unit` needs nothing, `medium` and the rest start
// PostgreSQL, Redis and an engine through test/support/global-setup.mjs.
const shared = {
  rootDir: '.',
  testEnvironment: 'node',
  setupFiles: ['<rootDir>/test/support/property-seed.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  moduleNameMapper: {
    '^#libs/(.*)\\.js$': '<rootDir>/libs/$1.ts',
    '^#apps/(.*)\\.js$': '<rootDir>/apps/$1.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.pierhead', '<rootDir>/.parts'],
};

const real = {
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
};

// Machines of their own, or processes that share nothing: they may run beside everything else.
const lab = ['test/conformance/{network,edge,storage}/**/*.spec.ts', 'test/e2e/**/*.lab.spec.ts'];
const besidesLab = {
  testPathIgnorePatterns: ['/node_modules/', '/test/conformance/(network|edge|storage)/', '\\.lab\\.spec\\.ts$'],
};

export default {
  testTimeout: 30_000,
  workerIdleMemoryLimit: '768MB',
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/{apps,libs,test/bench}/**/*.spec.ts'] },
    { ...shared, ...real, displayName: 'migrations', testMatch: ['<rootDir>/test/migrations/**/*.spec.ts'] },
    { ...shared, ...real, displayName: 'medium', testMatch: ['<rootDir>/test/medium/**/*.spec.ts'] },
    {
      ...{ ...shared, ...real, ...besidesLab },
      displayName: 'conformance',
      testMatch: ['<rootDir>/test/conformance/**/*.spec.ts'],
    },
    { ...shared, ...real, ...besidesLab, displayName: 'e2e', testMatch: ['<rootDir>/test/e2e/**/*.spec.ts'] },
    { ...shared, ...real, displayName: 'lab', testMatch: lab.map((pattern) => `<rootDir>/${pattern}`) },
  ],
};
