export type OperationState = 'works' | 'refused';

export interface Operation {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With `{parameters}`, each one segment. */
  path: string;
  purpose: string;
  /** `refused`: there is nothing here that it could do, and 404 says so. */
  state: OperationState;
  note?: string;
}

type Row = [method: Operation['method'], path: string, purpose: string, note?: string];

const all = (state: OperationState, rows: Row[]): Operation[] =>
  rows.map(([method, path, purpose, note]) => ({ method, path, purpose, state, ...(note ? { note } : {}) }));

const service = '/v2/stacks/{stackId}/services/{serviceId}';
const templates = 'there are no templates';

/** Every operation that clients of containers use, and what is done about it. The page in docs/api has this table. */
export const operations: readonly Operation[] = [
  ...all('works', [
    ['POST', '/v2/authenticate', 'Log in', 'with a name or an address; without cookies'],
    ['PUT', '/v2/logout', 'Log out'],
    ['GET', '/v2/users/self', 'The own user'],
    ['PUT', '/v2/users/self', 'Change the own name'],
    ['PUT', '/v2/users/self/personal-information', 'Change the own name'],
    ['GET', '/v2/users/self/credentials/email', 'The own address'],
    ['GET', '/v2/users/self/credentials/mfa', 'State of the second factor', 'there is none'],
    ['PUT', '/v2/users/self/credentials/password', 'Change the own password'],
    ['GET', '/v2/users/self/sessions', 'List sessions'],
    ['PUT', '/v2/users/self/sessions', 'Refresh a session'],
    ['DELETE', '/v2/users/self/sessions', 'End all other sessions'],
    ['GET', '/v2/users/self/sessions/current/status', 'The present session'],
    ['GET', '/v2/users/self/sessions/{tokenId}', 'Get a session'],
    ['DELETE', '/v2/users/self/sessions/{tokenId}', 'End a session'],
    ['GET', '/v2/users/self/api-tokens', 'List API tokens', 'of the customer that the credential is of'],
    ['POST', '/v2/users/self/api-tokens', 'Create an API token', 'for that customer'],
    ['GET', '/v2/users/self/api-tokens/{apiTokenId}', 'Get an API token'],
    ['PUT', '/v2/users/self/api-tokens/{apiTokenId}', 'Change an API token', 'without an end it keeps its own'],
    ['DELETE', '/v2/users/self/api-tokens/{apiTokenId}', 'Revoke an API token'],
    ['GET', '/v2/customers', 'List customers', 'a customer is an organization'],
    ['GET', '/v2/customers/{customerId}', 'Get a customer'],
    ['PUT', '/v2/customers/{customerId}', 'Rename a customer', 'nothing is billed, so nothing else is kept'],
    ['GET', '/v2/customers/{customerId}/projects', 'List a customer’s projects'],
    ['GET', '/v2/customers/{customerId}/memberships', 'List a customer’s members'],
    ['GET', '/v2/customers/{customerId}/invites', 'List a customer’s invitations', 'there is never an open one'],
    ['POST', '/v2/customers/{customerId}/invites', 'Invite to a customer', 'a user who is there is a member at once'],
    ['GET', '/v2/customer-memberships', 'List own roles in customers'],
    ['GET', '/v2/customer-memberships/{membershipId}', 'Get a customer’s member'],
    ['PATCH', '/v2/customer-memberships/{membershipId}', 'Change a role in a customer'],
    ['DELETE', '/v2/customer-memberships/{membershipId}', 'Remove a member of a customer'],
    ['GET', '/v2/customer-invites', 'List own invitations', 'there is never an open one'],
    ['GET', '/v2/servers', 'List servers', 'one for each customer, with its quota'],
    ['GET', '/v2/servers/{serverId}', 'Get a server'],
    ['GET', '/v2/projects', 'List projects', 'of everything that the credential reaches'],
    ['POST', '/v2/servers/{serverId}/projects', 'Create a project'],
    ['GET', '/v2/projects/{projectId}', 'Get a project'],
    ['PATCH', '/v2/projects/{projectId}', 'Change a project’s description'],
    ['DELETE', '/v2/projects/{projectId}', 'Delete a project', 'an empty one that is not its customer’s last'],
    ['GET', '/v2/projects/{projectId}/memberships', 'List a project’s members'],
    ['GET', '/v2/projects/{projectId}/memberships/self', 'The own role in a project'],
    ['GET', '/v2/projects/{projectId}/invites', 'List a project’s invitations', 'there is never an open one'],
    ['POST', '/v2/projects/{projectId}/invites', 'Invite to a project', 'a user who is there is a member at once'],
    ['GET', '/v2/project-memberships', 'List own roles in projects'],
    ['GET', '/v2/project-memberships/{membershipId}', 'Get a project’s member', 'not an inherited one'],
    ['PATCH', '/v2/project-memberships/{membershipId}', 'Change a role in a project'],
    ['DELETE', '/v2/project-memberships/{membershipId}', 'Remove a member of a project'],
    ['GET', '/v2/project-invites', 'List own invitations', 'there is never an open one'],
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
    ['POST', `${service}/actions/pull`, 'Pull a service’s image and recreate it'],
    ['POST', `${service}/webhook-token`, 'Create or rotate a webhook’s token'],
    ['GET', '/v2/stacks/{stackId}/webhooks/pull-image', 'Call a webhook', 'without any other credential'],
    ['GET', '/v2/projects/{projectId}/volumes', 'List a project’s volumes'],
    ['GET', '/v2/stacks/{stackId}/volumes', 'List a stack’s volumes'],
    ['GET', '/v2/stacks/{stackId}/volumes/{volumeId}', 'Get a volume'],
    ['DELETE', '/v2/stacks/{stackId}/volumes/{volumeId}', 'Delete a volume', 'one that nothing mounts'],
    ['GET', '/v2/ingresses', 'List ingresses'],
    ['POST', '/v2/ingresses', 'Create an ingress', 'paths lead to containers'],
    ['GET', '/v2/projects/{projectId}/ingresses', 'List a project’s ingresses'],
    ['GET', '/v2/ingresses/{ingressId}', 'Get an ingress'],
    ['PATCH', '/v2/ingresses/{ingressId}/paths', 'Change an ingress’s paths'],
    ['PATCH', '/v2/ingresses/{ingressId}/tls', 'Choose an ingress’s certificate'],
    [
      'POST',
      '/v2/ingresses/{ingressId}/actions/request-acme-certificate-issuance',
      'Have a certificate issued',
      'where the operator has set an issuer',
    ],
    ['POST', '/v2/ingresses/{ingressId}/actions/verify-ownership', 'Verify the ownership of a host'],
    ['DELETE', '/v2/ingresses/{ingressId}', 'Delete an ingress'],
    ['GET', '/v2/certificates', 'List certificates'],
    ['GET', '/v2/certificates/{certificateId}', 'Get a certificate'],
    ['PUT', '/v2/certificates/{certificateId}', 'Replace a certificate', 'with its key'],
    ['DELETE', '/v2/certificate/{certificateId}', 'Delete a certificate'],
    ['GET', '/v2/certificate-requests', 'List requests for certificates', 'each certificate is its own request'],
    ['POST', '/v2/certificate-requests', 'Bring a certificate along', 'with its key'],
    ['GET', '/v2/certificate-requests/{certificateRequestId}', 'Get a request for a certificate'],
    ['DELETE', '/v2/certificate-request/{certificateRequestId}', 'Delete a request for a certificate'],
    ['GET', '/v2/domains', 'List domains', 'those that were claimed; none is registered here'],
    ['GET', '/v2/domains/{domainId}', 'Get a domain'],
    ['GET', '/v2/container-image-config', 'Configuration of an image'],
    ['GET', '/v2/projects/{projectId}/registries', 'List registries'],
    ['POST', '/v2/projects/{projectId}/registries', 'Create a registry', 'the registry is asked at once'],
    ['GET', '/v2/registries/{registryId}', 'Get a registry'],
    ['PATCH', '/v2/registries/{registryId}', 'Update a registry'],
    ['DELETE', '/v2/registries/{registryId}', 'Delete a registry'],
    ['POST', '/v2/registries/{registryId}/actions/validate-credentials', 'Validate credentials'],
    ['POST', '/v2/actions/validate-container-registry-uri', 'Validate a registry’s address'],
  ]),
  ...all('refused', [
    ['POST', '/v2/authenticate-mfa', 'Second factor', 'there is no second factor'],
    ['POST', '/v2/authenticate-token-retrieval-key', 'Log in with a retrieval key', 'log in, or make an API token'],
    ['POST', '/v2/register', 'Register', 'the operator makes users'],
    ['GET', '/v2/users/{userId}', 'Another user', 'users see themselves, at /v2/users/self'],
    ['POST', '/v2/users/self/credentials/init-mfa', 'Begin a second factor', 'there is no second factor'],
    ['GET', '/v2/users/self/ssh-keys', 'List SSH keys', 'there are no shells to log in to'],
    ['POST', '/v2/customers', 'Create a customer', 'the operator makes organizations'],
    ['DELETE', '/v2/customers/{customerId}', 'Delete a customer', 'the operator deletes organizations'],
    [
      'PUT',
      '/v2/stacks/{stackId}/update-schedule',
      'Set an update schedule',
      'images are pulled when they are asked for',
    ],
    ['POST', '/v2/stacks/{stackId}/actions/add-template-component', 'Add a template’s component', templates],
    [
      'POST',
      '/v2/actions/list-ingresses-compatible-with-certificate',
      'Ingresses that a certificate is for',
      'compare their hosts with its names',
    ],
    [
      'POST',
      '/v2/certificates/{certificateId}/actions/check-replace-certificate',
      'Compare certificates',
      'a replacement is checked when it is put in place',
    ],
    ['GET', '/v2/dns-zones/{dnsZoneId}', 'Get a DNS zone', 'names are not hosted here'],
    ['GET', '/v2/projects/{projectId}/dns-zones', 'List DNS zones', 'names are not hosted here'],
    ['GET', '/v2/container-templates', 'List templates', templates],
    ['GET', '/v2/container-templates/{templateId}', 'Get a template', templates],
    ['GET', '/v2/container-templates/{templateId}/icon', 'Icon of a template', templates],
    ['GET', '/v2/container-templates/{templateId}/assets/{assetPath}', 'Asset of a template', templates],
    ['GET', '/v2/container-template-statistics', 'Statistics of templates', templates],
  ]),
];

/** The rows of the documentation's table. */
export const operationRows = (): string[] =>
  operations.map(
    ({ method, path, purpose, state, note }) =>
      `| ${method} | \`${path}\` | ${purpose} | ${state}${note ? `: ${note}` : ''} |`,
  );
