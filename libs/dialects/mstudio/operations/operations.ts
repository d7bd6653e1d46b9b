export type OperationState = 'works' | 'refused' | 'planned';

export interface Operation {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With `{parameters}`, each one segment. */
  path: string;
  purpose: string;
  /** `refused`: there is nothing here that it could do. `planned`: not served yet. Both are answered with 404. */
  state: OperationState;
  note?: string;
}

type Row = [method: Operation['method'], path: string, purpose: string, note?: string];

const all = (state: OperationState, rows: Row[]): Operation[] =>
  rows.map(([method, path, purpose, note]) => ({ method, path, purpose, state, ...(note ? { note } : {}) }));

const service = '/v2/stacks/{stackId}/services/{serviceId}';
const templates = 'there are no templates';
const hooks = 'services have no webhooks of this API yet';
const routes = 'there are no routes from host names to services yet';
const tokens = 'keys are made with the management API, /api/v1';

/** Every operation that clients of containers use, and what is done about it. The page in docs/api has this table. */
export const operations: readonly Operation[] = [
  ...all('works', [
    ['GET', '/v2/users/self', 'The own user'],
    ['GET', '/v2/customers', 'List customers', 'a customer is an organization'],
    ['GET', '/v2/customers/{customerId}', 'Get a customer'],
    ['GET', '/v2/projects', 'List projects', 'of everything that the credential reaches'],
    [
      'POST',
      '/v2/servers/{serverId}/projects',
      'Create a project',
      'the server’s id is the customer’s: there are none',
    ],
    ['GET', '/v2/projects/{projectId}', 'Get a project'],
    ['PATCH', '/v2/projects/{projectId}', 'Change a project’s description'],
    ['DELETE', '/v2/projects/{projectId}', 'Delete a project', 'an empty one that is not its customer’s last'],
    ['GET', '/v2/stacks', 'List all stacks'],
    ['GET', '/v2/projects/{projectId}/stacks', 'List a project’s stacks'],
    ['POST', '/v2/projects/{projectId}/stacks', 'Create a stack', 'without a template'],
    ['GET', '/v2/stacks/{stackId}', 'Get a stack'],
    ['PUT', '/v2/stacks/{stackId}', 'Declare a stack'],
    ['PATCH', '/v2/stacks/{stackId}', 'Change a stack', 'without an update schedule'],
    ['DELETE', '/v2/stacks/{stackId}', 'Delete a stack', 'the default stack is emptied and stays'],
    ['GET', '/v2/services', 'List all services'],
    ['GET', '/v2/projects/{projectId}/services', 'List a project’s services'],
    ['GET', service, 'Get a service'],
    ['GET', `${service}/logs`, 'Logs of a service'],
    ['POST', `${service}/actions/start`, 'Start a service'],
    ['POST', `${service}/actions/stop`, 'Stop a service'],
    ['POST', `${service}/actions/restart`, 'Restart a service'],
    ['POST', `${service}/actions/recreate`, 'Recreate a service'],
    ['POST', `${service}/actions/pull`, 'Pull a service’s image and recreate it', 'without skipRecreate'],
    ['GET', '/v2/projects/{projectId}/volumes', 'List a project’s volumes'],
    ['GET', '/v2/stacks/{stackId}/volumes', 'List a stack’s volumes'],
    ['GET', '/v2/stacks/{stackId}/volumes/{volumeId}', 'Get a volume'],
    ['DELETE', '/v2/stacks/{stackId}/volumes/{volumeId}', 'Delete a volume', 'one that nothing mounts'],
    ['GET', '/v2/container-image-config', 'Configuration of an image'],
    ['GET', '/v2/projects/{projectId}/registries', 'List registries'],
    ['POST', '/v2/projects/{projectId}/registries', 'Create a registry', 'the registry is asked at once'],
    ['GET', '/v2/registries/{registryId}', 'Get a registry'],
    ['PATCH', '/v2/registries/{registryId}', 'Update a registry'],
    ['DELETE', '/v2/registries/{registryId}', 'Delete a registry'],
    ['POST', '/v2/registries/{registryId}/actions/validate-credentials', 'Validate credentials'],
    ['POST', '/v2/actions/validate-container-registry-uri', 'Validate a registry’s address'],
  ]),
  ...all('planned', [
    ['POST', `${service}/webhook-token`, 'Create or rotate a webhook’s token', hooks],
    ['GET', '/v2/stacks/{stackId}/webhooks/pull-image', 'Call a webhook', hooks],
    ['GET', '/v2/ingresses', 'List ingresses', routes],
    ['POST', '/v2/ingresses', 'Create an ingress', routes],
    ['GET', '/v2/projects/{projectId}/ingresses', 'List a project’s ingresses', routes],
    ['GET', '/v2/ingresses/{ingressId}', 'Get an ingress', routes],
    ['DELETE', '/v2/ingresses/{ingressId}', 'Delete an ingress', routes],
    ['GET', '/v2/certificates', 'List certificates', routes],
    ['GET', '/v2/domains', 'List domains', routes],
    ['POST', '/v2/authenticate', 'Log in', tokens],
    ['GET', '/v2/users/self/api-tokens', 'List API tokens', tokens],
    ['POST', '/v2/users/self/api-tokens', 'Create an API token', tokens],
  ]),
  ...all('refused', [
    [
      'PUT',
      '/v2/stacks/{stackId}/update-schedule',
      'Set an update schedule',
      'images are pulled when they are asked for',
    ],
    ['POST', '/v2/stacks/{stackId}/actions/add-template-component', 'Add a template’s component', templates],
    ['GET', '/v2/container-templates', 'List templates', templates],
    ['GET', '/v2/container-templates/{templateId}', 'Get a template', templates],
    ['GET', '/v2/container-templates/{templateId}/icon', 'Icon of a template', templates],
    ['GET', '/v2/container-templates/{templateId}/assets/{assetPath}', 'Asset of a template', templates],
    ['GET', '/v2/container-template-statistics', 'Statistics of templates', templates],
    ['GET', '/v2/servers', 'List servers', 'projects are not tied to servers'],
    ['GET', '/v2/servers/{serverId}', 'Get a server', 'projects are not tied to servers'],
  ]),
];

/** The rows of the documentation's table. */
export const operationRows = (): string[] =>
  operations.map(({ method, path, purpose, state, note }) => {
    const said = { works: 'works', refused: 'refused', planned: 'not yet' }[state];
    return `| ${method} | \`${path}\` | ${purpose} | ${said}${note ? `: ${note}` : ''} |`;
  });
