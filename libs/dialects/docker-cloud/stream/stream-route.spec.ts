import { readStreamRoute } from './stream-route.js';

const id = '7fe7ec85-58be-4904-81da-de2219098d7c';

describe('addresses of streams', () => {
  it.each([
    ['/api/audit/v1/events', 'events', null],
    ['/api/audit/v1/harbor/events/?type=stack', 'events', 'harbor'],
    [`/api/app/v1/container/${id}/logs/?follow=true&tail=3`, 'container-logs', null],
    [`/api/app/v1//harbor//service/${id}/logs/?follow=true`, 'service-logs', 'harbor'],
    [`/api/app/v1/container/${id}/exec/?&command=ls`, 'exec', null],
    [`/api/audit/v1/action/${id}/logs/`, 'action-logs', null],
    [`/api/app/v1/container/short/logs/`, null, null],
    [`/api/app/v1/stack/${id}/logs/`, null, null],
  ])('%s is %s in %s', (url, kind, namespace) => expect(readStreamRoute(url)).toMatchObject({ kind, namespace }));

  it.each(['/exec/x/start', '/v1.41/containers/x/attach', '/'])('%s is not of this API', (url) => {
    expect(readStreamRoute(url)).toBeNull();
  });

  it('takes a credential out of an address without /api, and of no other', () => {
    const credential = `Basic ${Buffer.from('admin:ph_1').toString('base64')}`;
    expect(readStreamRoute(`/app/v1/container/${id}/exec/?user=admin&token=ph_1&command=ls`)).toMatchObject({
      ...{ kind: 'exec', namespace: null, bare: true, credential },
      query: { command: 'ls' },
    });
    expect(readStreamRoute(`//audit/v1/action/${id}/logs/?user=admin&token=ph_1`)).toMatchObject({
      ...{ kind: 'action-logs', bare: true, credential, query: {} },
    });
    expect(readStreamRoute(`/app/v1/harbor/container/${id}/exec/?user=admin&token=`)).toMatchObject({
      ...{ namespace: 'harbor', bare: true, credential: null, query: {} },
    });
    expect(readStreamRoute(`/api/app/v1/container/${id}/exec/?user=admin&token=ph_1`)).toMatchObject({
      ...{ bare: false, credential: null },
    });
  });

  it('has a query without empty names', () => {
    expect(readStreamRoute(`/api/app/v1/container/${id}/exec/?&command=ls+-l`)?.query).toEqual({ command: 'ls -l' });
  });
});
