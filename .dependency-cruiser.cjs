/** Imports go one way: apps → dialects → core → control → domain (docs/architecture/overview.md). */
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: `^libs/${from}/`, pathNot: '\\.spec\\.ts$' },
  to: { path: '^(libs|apps)/', pathNot: `^libs/(${[from, ...allowed].join('|')})/` },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-libs-to-apps', severity: 'error', from: { path: '^libs/' }, to: { path: '^apps/' } },
    only('domain-is-pure', 'domain', [], 'domain imports nothing of ours'),
    only('control-is-pure', 'control', ['domain'], 'deciders see domain types only'),
    only('core-imports', 'core', ['domain', 'control', 'platform'], 'core owns its ports'),
    only('store-imports', 'store', ['domain', 'core', 'platform', 'control'], 'store implements core ports'),
    only('queue-imports', 'queue', ['domain', 'core', 'platform'], 'queue implements core ports'),
    only('identity-imports', 'identity', ['domain', 'core', 'platform'], 'identity implements core ports'),
    only('registry-imports', 'registry', ['domain', 'core', 'platform'], 'registry implements core ports'),
    only('protocol-imports', 'agent-protocol', ['domain', 'platform'], 'the contract stands alone'),
    only(
      'streams-imports',
      'streams',
      ['domain', 'core', 'agent-protocol', 'platform'],
      'streams reach nodes through gateways',
    ),
    only('runtime-imports', 'runtime', ['domain', 'wire', 'platform'], 'drivers speak to engines only'),
    only('wire-imports', 'wire', ['domain', 'platform'], 'formats only'),
    only(
      'dialect-imports',
      'dialects',
      ['core', 'domain', 'wire', 'platform'],
      'a dialect translates; it never reaches the store',
    ),
    only('edge-imports', 'edge', ['domain', 'platform'], 'a model of one load balancer, and how to speak to it'),
    only('platform-imports', 'platform', [], 'no domain noun'),
    only('launch-imports', 'launch', ['platform', 'domain'], 'starts real parts on this machine'),
    {
      name: 'pure-means-no-io',
      severity: 'error',
      from: { path: '^libs/(domain|control)/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm', 'core'], pathNot: '^(zod|node_modules/zod)' },
    },
    {
      name: 'edge-compiles-purely',
      comment: 'only libs/edge/runtime speaks to the load balancer',
      severity: 'error',
      from: { path: '^libs/edge/', pathNot: '(\\.spec\\.ts$|^libs/edge/runtime/)' },
      to: { dependencyTypes: ['npm', 'core'], pathNot: '^(node:)?crypto$' },
    },
    {
      name: 'dialects-stay-apart',
      severity: 'error',
      from: { path: '^libs/dialects/([^/]+)/' },
      to: { path: '^libs/dialects/', pathNot: '^libs/dialects/($1|kit)/' },
    },
    {
      name: 'typeorm-in-store-only',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '^(libs/(store|launch|testing)|apps/ctl)/' },
      to: { path: 'node_modules/(typeorm|@nestjs/typeorm|pg)/' },
    },
    {
      name: 'bullmq-in-queue-only',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '^(libs/queue|libs/testing)/' },
      to: { path: 'node_modules/(bullmq|@nestjs/bullmq)/' },
    },
    {
      name: 'agent-imports',
      comment: 'an agent must be deployable alone',
      severity: 'error',
      from: { path: '^apps/agent/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(libs|apps)/', pathNot: '^(apps/agent|libs/(agent-protocol|runtime|wire|edge|domain|platform))/' },
    },
    {
      name: 'testing-is-for-tests',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '(\\.spec\\.ts$|^libs/testing/)' },
      to: { path: '^libs/testing/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default', 'types'],
    },
    exclude: { path: '^dist' },
  },
};
