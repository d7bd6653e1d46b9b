export type OperationState = 'works' | 'refused';

export interface Operation {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Documented address; `[ns/]` marks the optional namespace. */
  path: string;
  purpose: string;
  api: 'REST' | 'STREAM';
  /** `refused`: a sentence says why it has nothing to do here. */
  state: OperationState;
  note?: string;
}

const op = (
  method: Operation['method'],
  path: string,
  purpose: string,
  state: OperationState = 'works',
  note?: string,
): Operation => ({ method, path, purpose, api: 'REST', state, ...(note === undefined ? {} : { note }) });

const stream = (path: string, purpose: string): Operation => ({
  method: 'GET',
  path,
  purpose,
  api: 'STREAM',
  state: 'works',
});

const byon = 'hosts that their owner brings (byon) and the operator’s (pool)';
const zoned = 'of the operator’s hosts';
const once = 'its `url` holds the secret in this answer only';

/** Every operation of the API, and what is done about it. The guide's table is written from this list. */
export const operations: readonly Operation[] = [
  op('GET', '/api/audit/v1/action/', 'List all actions'),
  op('GET', '/api/audit/v1/action/(uuid)/', 'Get an action'),
  op('POST', '/api/audit/v1/action/(uuid)/cancel/', 'Cancel an action'),
  op('POST', '/api/audit/v1/action/(uuid)/retry/', 'Retry an action'),
  stream('/api/audit/v1/action/(uuid)/logs/', 'Logs of an action'),
  op('GET', '/api/infra/v1/az/', 'List all availability zones', 'works', zoned),
  op('GET', '/api/infra/v1/az/(provider)/(region)/(name)/', 'Get an availability zone', 'works', zoned),
  op('GET', '/api/app/v1/[ns/]container/', 'List all containers'),
  op('GET', '/api/app/v1/[ns/]container/(uuid)/', 'Get a container'),
  op('DELETE', '/api/app/v1/[ns/]container/(uuid)/', 'Terminate a container'),
  op('POST', '/api/app/v1/[ns/]container/(uuid)/start/', 'Start a container'),
  op('POST', '/api/app/v1/[ns/]container/(uuid)/stop/', 'Stop a container'),
  op('POST', '/api/app/v1/[ns/]container/(uuid)/redeploy/', 'Redeploy a container'),
  stream('/api/app/v1/[ns/]container/(uuid)/logs/', 'Logs of a container'),
  stream('/api/app/v1/[ns/]container/(uuid)/exec/', 'Run a command in a container'),
  stream('/api/audit/v1/[ns/]events/', 'Follow events'),
  op('GET', '/api/infra/v1/[ns/]node/', 'List all nodes'),
  op('GET', '/api/infra/v1/[ns/]node/(uuid)/', 'Get a node'),
  op('PATCH', '/api/infra/v1/[ns/]node/(uuid)/', 'Update a node'),
  op(
    'DELETE',
    '/api/infra/v1/[ns/]node/(uuid)/',
    'Terminate a node',
    'works',
    'the host leaves the platform; it is not switched off',
  ),
  op(
    'POST',
    '/api/infra/v1/[ns/]node/(uuid)/docker-upgrade/',
    'Upgrade the engine',
    'refused',
    'the engine of a host is upgraded by its owner',
  ),
  op(
    'POST',
    '/api/infra/v1/[ns/]node/(uuid)/health-check/',
    'Check a node',
    'works',
    'answers what the agent last reported',
  ),
  op('GET', '/api/infra/v1/[ns/]nodecluster/', 'List all node clusters'),
  op(
    'POST',
    '/api/infra/v1/[ns/]nodecluster/',
    'Create a node cluster',
    'works',
    'of hosts that are brought (byon) or of the operator’s (pool)',
  ),
  op('GET', '/api/infra/v1/[ns/]nodecluster/(uuid)/', 'Get a node cluster'),
  op(
    'PATCH',
    '/api/infra/v1/[ns/]nodecluster/(uuid)/',
    'Update a node cluster',
    'works',
    'nickname and tags; the size of one of the operator’s hosts, that of brought ones follows its hosts',
  ),
  op(
    'DELETE',
    '/api/infra/v1/[ns/]nodecluster/(uuid)/',
    'Terminate a node cluster',
    'works',
    'claimed hosts are emptied and given back; one of brought hosts has to be empty',
  ),
  op(
    'POST',
    '/api/infra/v1/[ns/]nodecluster/(uuid)/deploy/',
    'Deploy a node cluster',
    'works',
    'claims hosts of the operator’s; refused for brought ones, which join by themselves',
  ),
  op('GET', '/api/infra/v1/nodetype/', 'List all node types', 'works', byon),
  op('GET', '/api/infra/v1/nodetype/(provider)/(name)/', 'Get a node type', 'works', byon),
  op('GET', '/api/infra/v1/provider/', 'List all providers', 'works', byon),
  op('GET', '/api/infra/v1/provider/(name)/', 'Get a provider', 'works', byon),
  op('GET', '/api/infra/v1/region/', 'List all regions', 'works', byon),
  op('GET', '/api/infra/v1/region/(provider)/(name)/', 'Get a region', 'works', byon),
  op('GET', '/api/repo/v1/[ns/]registry/', 'List all registries'),
  op('GET', '/api/repo/v1/[ns/]registry/(host)/', 'Get a registry'),
  op('GET', '/api/repo/v1/[ns/]repository/', 'List all external repositories'),
  op('POST', '/api/repo/v1/[ns/]repository/', 'Add an external repository'),
  op(
    'DELETE',
    '/api/repo/v1/[ns/]repository/(name)/',
    'Remove an external repository',
    'works',
    'its address is documented without the name, its example with it',
  ),
  op('GET', '/api/repo/v1/[ns/]repository/(name)/', 'Get an external repository'),
  op('PATCH', '/api/repo/v1/[ns/]repository/(name)/', 'Update an external repository'),
  op('GET', '/api/app/v1/[ns/]service/', 'List all services'),
  op('POST', '/api/app/v1/[ns/]service/', 'Create a service'),
  op('GET', '/api/app/v1/[ns/]service/(uuid)/', 'Get a service'),
  op('PATCH', '/api/app/v1/[ns/]service/(uuid)/', 'Update a service'),
  op('DELETE', '/api/app/v1/[ns/]service/(uuid)/', 'Terminate a service'),
  op('POST', '/api/app/v1/[ns/]service/(uuid)/start/', 'Start a service'),
  op('POST', '/api/app/v1/[ns/]service/(uuid)/stop/', 'Stop a service'),
  op('POST', '/api/app/v1/[ns/]service/(uuid)/scale/', 'Scale a service'),
  op('POST', '/api/app/v1/[ns/]service/(uuid)/redeploy/', 'Redeploy a service'),
  stream('/api/app/v1/[ns/]service/(uuid)/logs/', 'Logs of a service'),
  op('GET', '/api/app/v1/[ns/]stack/', 'List all stacks'),
  op('POST', '/api/app/v1/[ns/]stack/', 'Create a stack'),
  op('GET', '/api/app/v1/[ns/]stack/(uuid)/', 'Get a stack'),
  op('GET', '/api/app/v1/[ns/]stack/(uuid)/export/', 'Export a stack'),
  op('PATCH', '/api/app/v1/[ns/]stack/(uuid)/', 'Update a stack'),
  op('DELETE', '/api/app/v1/[ns/]stack/(uuid)/', 'Terminate a stack'),
  op('POST', '/api/app/v1/[ns/]stack/(uuid)/start/', 'Start a stack'),
  op('POST', '/api/app/v1/[ns/]stack/(uuid)/stop/', 'Stop a stack'),
  op('POST', '/api/app/v1/[ns/]stack/(uuid)/redeploy/', 'Redeploy a stack'),
  op('GET', '/api/infra/v1/tag/', 'List all node tags'),
  op('GET', '/api/app/v1/[ns/]service/(uuid)/trigger/', 'List all triggers'),
  op('POST', '/api/app/v1/[ns/]service/(uuid)/trigger/', 'Create a trigger', 'works', once),
  op('GET', '/api/app/v1/[ns/]service/(uuid)/trigger/(uuid)/', 'Get a trigger'),
  op('DELETE', '/api/app/v1/[ns/]service/(uuid)/trigger/(uuid)/', 'Delete a trigger'),
  op(
    'POST',
    '/api/app/v1/[ns/]service/(uuid)/trigger/(trigger)/call/',
    'Call a trigger',
    'works',
    'with its secret, or with its uuid and a credential',
  ),
];

/** What clients call and no document has. */
export const undocumented: readonly Operation[] = [
  op('GET', '/auth/', 'Check a credential'),
  op('POST', '/api/infra/v1/[ns/]token/', 'Bring a host', 'works', 'answers one command that makes a host a node'),
  op(
    'POST',
    '/api/infra/v1/[ns/]nodecluster/(uuid)/docker-upgrade/',
    'Upgrade the engines of a cluster',
    'refused',
    'the engine of a host is upgraded by its owner',
  ),
];

const words: Record<OperationState, string> = { works: 'works', refused: 'refused' };

/** The rows of one of the guide's tables. */
export const operationRows = (rows = operations): string[] =>
  rows.map(
    ({ method, path, purpose, api, state, note }) =>
      `| ${method} | \`${path}\` | ${purpose} | ${api} | ${words[state]}${note ? `: ${note}` : ''} |`,
  );
