import { readReference, readResourceUri, resourceUri, wireResources } from './resource-uri.translate.js';

const id = '7fe7ec85-58be-4904-81da-de2219098d7c';

describe('addresses of resources', () => {
  it.each(wireResources)('of a %s are read back', (resource) => {
    expect(readResourceUri(resourceUri(resource, 'harbor', id))).toEqual({ resource, id });
  });

  it('have the namespace, except those of actions', () => {
    expect(resourceUri('service', 'harbor', id)).toBe(`/api/app/v1/harbor/service/${id}/`);
    expect(resourceUri('node', 'harbor', id)).toBe(`/api/infra/v1/harbor/node/${id}/`);
    expect(resourceUri('action', 'harbor', id)).toBe(`/api/audit/v1/action/${id}/`);
  });

  it.each([
    `/api/app/v1/service/${id}/`,
    `/api/app/v1/harbor/service/${id}`,
    `//api/app/v1//service/${id}/`,
    `https://cloud.example/api/app/v1/harbor/service/${id.toUpperCase()}/`,
  ])('are read from %s', (text) => expect(readReference('service', text)).toBe(id));

  it.each(['service', `/api/app/v1/stack/${id}/`, '/api/app/v1/service/short/', `/api/v9/service/${id}/`, ''])(
    'are not read from "%s"',
    (text) => expect(readReference('service', text)).toBeNull(),
  );
});
