import { z } from 'zod';
import {
  certificateAnswer,
  certificateRequestAnswer,
  madeCertificateAnswer,
} from '#libs/dialects/mstudio/certificate/certificate.wire.js';
import { domainAnswer } from '#libs/dialects/mstudio/domain/domain.wire.js';
import { ingressAnswer, madeIngressAnswer } from '#libs/dialects/mstudio/ingress/ingress.wire.js';
import { stackAnswer } from '#libs/dialects/mstudio/stack/stack.wire.js';
import { errorBody } from '#libs/dialects/mstudio/wire/error.wire.js';
import { FakeCertificateAuthority } from '#libs/testing/certificate-authority.fake.js';
import { FakeDnsServer } from '#libs/testing/dns-server.fake.js';
import { newId } from '#libs/platform/id.js';
import { aPlace, MstudioClient, type Place } from './support/client.js';

describe('ingresses, certificates and domains through the mStudio API', () => {
  let dns: FakeDnsServer;
  let place: Place;
  let client: MstudioClient;
  let [web, api] = ['', ''];
  beforeAll(async () => {
    dns = await FakeDnsServer.start();
    place = await aPlace('ingresses', { dnsServers: [dns.address] });
    client = place.client;
    const body = { services: { web: { image: 'nginx', ports: ['8080:80/tcp'] }, api: { image: 'busybox' } } };
    const { services } = await client.take(stackAnswer, 'PUT', place.stack, body);
    [web, api] = services.map(({ id }) => id) as [string, string];
  });
  afterAll(async () => {
    await place.cloud.close();
    await dns.stop();
  });

  const to = (id: string, path = '/', portProtocol = '8080/tcp') => ({
    path,
    target: { container: { id, portProtocol } },
  });
  const refused = async (method: string, path: string, body?: unknown, by = client) => {
    const answer = await by.call(method, path, body);
    return { status: answer.status, ...errorBody.parse(JSON.parse(answer.text)) };
  };
  let hosts = 0;
  const aHost = () => `shop-${++hosts}.apps.test`;
  const make = async (hostname = aHost(), paths: unknown[] = [to(web)]) => {
    const body = { hostname, projectId: place.tenant.projectId, paths };
    return client.take(madeIngressAnswer, 'POST', '/v2/ingresses', body, 201);
  };
  const read = (id: string) => client.take(ingressAnswer, 'GET', `/v2/ingresses/${id}`);
  const list = (query: string) => client.take(z.array(ingressAnswer), 'GET', `/v2/ingresses${query}`);

  it('lead a host and its paths to ports of containers', async () => {
    const hostname = aHost();
    const made = await make(hostname, [to(web), to(api, '/api', '9000/TCP')]);
    expect(made.ownership).toEqual({ verified: true });
    const ingress = await read(made.id);
    expect(ingress).toMatchObject({
      id: made.id,
      hostname,
      projectId: place.tenant.projectId,
      ownership: { verified: true },
      tls: { acme: true, isCreated: false },
    });
    expect(ingress.paths).toHaveLength(2);
    expect(ingress.paths).toEqual(expect.arrayContaining([to(web), to(api, '/api', '9000/tcp')]));
    const { organizationId, projectId } = place.tenant;
    const { rows } = await place.cloud.plane.work.tenantRead({ organizationId }, (tx) =>
      tx.routes.details(projectId, { host: hostname, limit: 10, offset: 0 }),
    );
    // 8080 is what the service exposes its port 80 as.
    expect(rows.flatMap(({ spec }) => spec.targets.map(({ port }) => port)).sort()).toEqual([80, 9000]);
    for (const query of [`?hostnameSubstring=${hostname}`, `?projectId=${projectId}&containerId=${api}`]) {
      expect((await list(query)).map(({ id }) => id)).toEqual([made.id]);
    }
    expect(await list(`?certificateId=${newId()}`)).toEqual([]);
    const ofProject = await client.call('GET', `/v2/projects/${projectId}/ingresses`);
    expect(JSON.parse(ofProject.text)).toEqual([ingress]);
    expect(ofProject.headers.get('x-pagination-totalcount')).toBe('1');
  });

  it('show the default page at the root where nothing leads anywhere', async () => {
    const root = { path: '/', target: { useDefaultPage: true } };
    const { id } = await make(aHost(), [root, to(api, '/api')]);
    expect((await read(id)).paths).toEqual([root, to(api, '/api')]);
  });

  it('change their paths and go', async () => {
    const { id } = await make();
    await client.done('PATCH', `/v2/ingresses/${id}/paths`, [to(api), to(web, '/web')]);
    expect((await read(id)).paths).toEqual(expect.arrayContaining([to(api), to(web, '/web')]));
    await client.done('DELETE', `/v2/ingresses/${id}`);
    expect(await refused('GET', `/v2/ingresses/${id}`)).toMatchObject({ status: 404, message: 'No such ingress.' });
  });

  it.each([
    ['another address', { url: 'https://elsewhere.example' }, '/', '.paths[0].target.url'],
    ['an app', { installationId: newId() }, '/', '.paths[0].target.installationId'],
    ['the default page below the root', { useDefaultPage: true }, '/a', '.paths[0].target.useDefaultPage'],
    [
      'a service that is not there',
      { container: { id: newId(), portProtocol: '80/tcp' } },
      '/',
      '.paths[0].target.container.id',
    ],
    [
      'a port of UDP',
      { container: { id: newId(), portProtocol: '53/udp' } },
      '/',
      '.paths[0].target.container.portProtocol',
    ],
  ])('lead nowhere else: %s', async (_what, target, path, wrong) => {
    const body = { hostname: aHost(), projectId: place.tenant.projectId, paths: [{ path, target }] };
    expect(await refused('POST', '/v2/ingresses', body)).toMatchObject({
      status: 400,
      validationErrors: [{ path: wrong }],
    });
  });

  it.each([
    ['no paths', { paths: [] }, 400],
    ['only the default page', { paths: [{ path: '/', target: { useDefaultPage: true } }] }, 400],
    ['no host', { hostname: '10.0.0.1' }, 400],
    ['another’s project', { projectId: '7fe7ec85-58be-4904-81da-de2219098d7c' }, 404],
  ])('are not made with %s', async (_what, wish, status) => {
    const body = { hostname: aHost(), projectId: place.tenant.projectId, paths: [to(web)], ...wish };
    expect(await refused('POST', '/v2/ingresses', body)).toMatchObject({ status });
  });

  it('are there once for each host, and not for a host of somebody else', async () => {
    const hostname = aHost();
    await make(hostname);
    const body = { hostname, projectId: place.tenant.projectId, paths: [to(web)] };
    expect(await refused('POST', '/v2/ingresses', body)).toMatchObject({ status: 409, type: 'ConflictError' });
    const stranger = await place.cloud.tenant('squatters');
    const theirs = new MstudioClient(place.cloud, stranger.apiKey);
    const { services } = await theirs.take(stackAnswer, 'PUT', `/v2/stacks/${stranger.projectId}`, {
      services: { x: { image: 'nginx' } },
    });
    const squat = { hostname: `below.${hostname}`, projectId: stranger.projectId, paths: [to(services[0]?.id ?? '')] };
    expect(await refused('POST', '/v2/ingresses', squat, theirs)).toMatchObject({ status: 409 });
  });

  it('wait for the proof of a foreign host', async () => {
    const made = await make('shop.customer.example');
    const { txtRecord } = made.ownership;
    expect(made.ownership).toEqual({ verified: false, txtRecord: expect.stringMatching(/^pierhead-verification=/) });
    expect((await read(made.id)).ownership).toEqual(made.ownership);
    const address = `/v2/ingresses/${made.id}/actions/verify-ownership`;
    expect(await refused('POST', address)).toMatchObject({
      status: 400,
      validationErrors: [{ path: '.hostname', message: expect.stringContaining('_pierhead.shop.customer.example') }],
    });
    expect(await refused('POST', address)).toMatchObject({ status: 429, type: 'RateLimitError' });
    dns.setText('_pierhead.shop.customer.example', txtRecord ?? '');
    place.cloud.plane.clock.advance(10_000);
    expect((await client.call('POST', address)).text).toBe('{}');
    expect((await read(made.id)).ownership).toEqual({ verified: true });
    const domains = await client.take(z.array(domainAnswer), 'GET', '/v2/domains?domainSearchName=customer');
    expect(domains).toMatchObject([{ domain: 'shop.customer.example', connected: true }]);
    expect(await client.take(domainAnswer, 'GET', `/v2/domains/${domains[0]?.domainId}`)).toEqual(domains[0]);
  });

  it('show certificates that are brought along', async () => {
    const authority = await FakeCertificateAuthority.create();
    const hostname = aHost();
    const { id } = await make(hostname);
    const issued = await authority.issueNamed(hostname, [hostname]);
    const pair = {
      certificate: `${issued.certificatePem}${authority.caPem}`,
      privateKey: issued.privateKeyPem,
      projectId: place.tenant.projectId,
    };
    const made = await client.take(madeCertificateAnswer, 'POST', '/v2/certificate-requests', pair, 201);
    expect(made).toMatchObject({ commonName: hostname, dnsNames: [hostname] });
    expect((await client.call('PATCH', `/v2/ingresses/${id}/tls`, { certificateId: made.id })).text).toBe('{}');
    expect((await read(id)).tls).toEqual({ certificateId: made.id });
    expect((await list(`?certificateId=${made.id}`)).map((each) => each.id)).toEqual([id]);
    const address = `/v2/certificates/${made.id}`;
    const shown = await client.call('GET', address);
    const certificate = certificateAnswer.parse(JSON.parse(shown.text));
    expect(certificate).toMatchObject({ certificateType: 2, isExpired: false, dnsNames: [hostname] });
    expect(certificate.caBundle).toContain('BEGIN CERTIFICATE');
    expect(shown.text).not.toContain('PRIVATE KEY');
    expect(await client.take(z.array(certificateAnswer), 'GET', `/v2/certificates?ingressId=${id}`)).toEqual([
      certificate,
    ]);
    const requests = await client.take(
      z.array(certificateRequestAnswer),
      'GET',
      `/v2/certificate-requests?ingressId=${id}`,
    );
    expect(requests).toMatchObject([{ id: made.id, isCompleted: true }]);
    const next = await authority.issueNamed(hostname, [hostname]);
    await client.done('PUT', address, { certificate: next.certificatePem, privateKey: next.privateKeyPem });
    expect(await refused('PUT', address, { certificate: next.certificatePem })).toMatchObject({
      status: 400,
      validationErrors: [{ path: '.privateKey' }],
    });
    const mixed = { certificate: issued.certificatePem, privateKey: next.privateKeyPem };
    expect(await refused('PUT', address, mixed)).toMatchObject({ validationErrors: [{ path: '.privateKey' }] });
    expect(await refused('DELETE', `/v2/certificate/${made.id}`)).toMatchObject({ status: 409 });
    await client.call('PATCH', `/v2/ingresses/${id}/tls`, { acme: true });
    await client.done('DELETE', `/v2/certificate/${made.id}`);
    expect(await refused('GET', address)).toMatchObject({ status: 404 });
    expect(await refused('PATCH', `/v2/ingresses/${id}/tls`, { acme: false })).toMatchObject({ status: 400 });
    const byName = { projectId: place.tenant.projectId, commonName: hostname };
    expect(await refused('POST', '/v2/certificate-requests', byName)).toMatchObject({
      validationErrors: [{ path: '.commonName', type: 'unsupported' }],
    });
  });

  it('say that there is no issuer where there is none', async () => {
    const { id } = await make();
    expect(await refused('POST', `/v2/ingresses/${id}/actions/request-acme-certificate-issuance`)).toMatchObject({
      status: 400,
      message: expect.stringContaining('no issuer'),
    });
  });

  it('are the project’s own', async () => {
    const { id } = await make();
    const theirs = new MstudioClient(place.cloud, (await place.cloud.tenant('onlookers')).apiKey);
    for (const [method, path, body] of [
      ['GET', ''],
      ['PATCH', '/paths', [to(web)]],
      ['PATCH', '/tls', { acme: true }],
      ['POST', '/actions/verify-ownership'],
      ['POST', '/actions/request-acme-certificate-issuance'],
      ['DELETE', ''],
    ] as const) {
      const foreign = await refused(method, `/v2/ingresses/${id}${path}`, body, theirs);
      expect(foreign).toEqual(await refused(method, `/v2/ingresses/${newId()}${path}`, body, theirs));
      expect(foreign).toMatchObject({ status: 404, message: 'No such ingress.' });
    }
    expect(await refused('GET', `/v2/ingresses?projectId=${place.tenant.projectId}`, undefined, theirs)).toMatchObject({
      status: 404,
    });
    expect((await theirs.call('GET', '/v2/ingresses')).text).toBe('[]');
  });
});
