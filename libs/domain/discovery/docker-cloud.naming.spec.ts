import { namings } from './namings.js';

const facts = {
  namespace: 'harbor',
  stackName: 'shop',
  service: { id: '651b58c4-7a79-4108-b044-aaa274ef6455', name: 'my-proxy' },
  container: { id: '20ae2cff-44c0-4955-8fbe-ac5841d1286f', name: 'my-proxy-1' },
  nodeId: 'd804d973-c8b8-4f5b-a0a0-558151ffcf02',
};
const place = { domain: 'cloud.example', publicUrl: 'https://api.cloud.example' };
const read = (variables: { name: string; value: string }[]) =>
  Object.fromEntries(variables.map(({ name, value }) => [name, value]));

describe('the naming of Docker Cloud', () => {
  it('tells a container who it is', () => {
    expect(read(namings['docker-cloud'].identity(facts, place))).toEqual({
      DOCKERCLOUD_SERVICE_API_URI: '/api/app/v1/harbor/service/651b58c4-7a79-4108-b044-aaa274ef6455/',
      DOCKERCLOUD_SERVICE_API_URL:
        'https://api.cloud.example/api/app/v1/harbor/service/651b58c4-7a79-4108-b044-aaa274ef6455/',
      DOCKERCLOUD_CONTAINER_API_URI: '/api/app/v1/harbor/container/20ae2cff-44c0-4955-8fbe-ac5841d1286f/',
      DOCKERCLOUD_CONTAINER_API_URL:
        'https://api.cloud.example/api/app/v1/harbor/container/20ae2cff-44c0-4955-8fbe-ac5841d1286f/',
      DOCKERCLOUD_NODE_API_URI: '/api/infra/v1/harbor/node/d804d973-c8b8-4f5b-a0a0-558151ffcf02/',
      DOCKERCLOUD_NODE_API_URL:
        'https://api.cloud.example/api/infra/v1/harbor/node/d804d973-c8b8-4f5b-a0a0-558151ffcf02/',
      DOCKERCLOUD_SERVICE_FQDN: 'my-proxy.shop.651b58c4.svc.cloud.example',
      DOCKERCLOUD_SERVICE_HOSTNAME: 'my-proxy',
      DOCKERCLOUD_CONTAINER_FQDN: 'my-proxy-1.shop.20ae2cff.cont.cloud.example',
      DOCKERCLOUD_CONTAINER_HOSTNAME: 'my-proxy-1',
      DOCKERCLOUD_NODE_FQDN: 'd804d973.node.cloud.example',
      DOCKERCLOUD_NODE_HOSTNAME: 'd804d973-c8b8-4f5b-a0a0-558151ffcf02',
      DOCKERCLOUD_STACK_NAME: 'shop',
    });
  });

  it('leaves the stack out where there is none, and addresses where nobody said what they begin with', () => {
    const told = read(
      namings['docker-cloud'].identity({ ...facts, stackName: null }, { domain: 'cloud.example', publicUrl: null }),
    );
    expect(Object.keys(told).filter((name) => /STACK|_API_URL$/.test(name))).toEqual([]);
    expect(told['DOCKERCLOUD_CONTAINER_FQDN']).toBe('my-proxy-1.20ae2cff.cont.cloud.example');
    expect(told['DOCKERCLOUD_SERVICE_API_URI']).toBeDefined();
  });

  it('adds the address of the linked service to a link', () => {
    expect(namings['docker-cloud'].link('WEB', 'harbor', facts.service.id, place)).toEqual([
      {
        name: 'WEB_DOCKERCLOUD_API_URL',
        value: `https://api.cloud.example/api/app/v1/harbor/service/${facts.service.id}/`,
      },
    ]);
  });

  it('tells those with a role where SDKs find the API', () => {
    const place = { domain: 'cloud.example', publicUrl: 'https://api.cloud.example' };
    expect(namings['docker-cloud'].access(place)).toEqual([
      { name: 'DOCKERCLOUD_REST_HOST', value: 'https://api.cloud.example' },
      { name: 'DOCKERCLOUD_STREAM_HOST', value: 'wss://api.cloud.example' },
    ]);
    expect(namings['docker-cloud'].access({ ...place, publicUrl: null })).toEqual([]);
    expect(namings.plain.access(place)).toEqual([]);
  });

  it('hands on a header as DOCKERCLOUD_AUTH', () => {
    expect(namings['docker-cloud'].authorization('Basic x')).toEqual({ name: 'DOCKERCLOUD_AUTH', value: 'Basic x' });
  });
});

describe('the plain naming', () => {
  it('adds nothing but what a role brings', () => {
    expect(namings.plain.identity(facts, place)).toEqual([]);
    expect(namings.plain.link('WEB', 'harbor', facts.service.id, place)).toEqual([]);
    expect(namings.plain.authorization('Basic x')).toEqual({ name: 'PIERHEAD_AUTH', value: 'Basic x' });
  });
});
