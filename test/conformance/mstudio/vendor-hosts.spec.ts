import { assertStatus } from '@mittwald/api-client';
import { FakeCertificateAuthority } from '#libs/testing/certificate-authority.fake.js';
import { FakeDnsServer } from '#libs/testing/dns-server.fake.js';
import { aPlace, type Place } from './support/client.js';
import { contract } from './support/contract.js';
import { vendorClient, type VendorClient } from './support/vendor.js';

describe('the published mStudio client, with ingresses, certificates and domains', () => {
  let dns: FakeDnsServer;
  let place: Place;
  let vendor: VendorClient;
  let api: VendorClient['client']['domain'];
  let [projectId, containerId] = ['', ''];
  beforeAll(async () => {
    dns = await FakeDnsServer.start();
    place = await aPlace('vendor-hosts', {
      dnsServers: [dns.address],
      acmeDirectory: 'https://issuer.example/directory',
    });
    vendor = vendorClient(place.cloud.url, place.tenant.apiKey);
    api = vendor.client.domain;
    projectId = place.tenant.projectId;
    const declared = await vendor.client.container.declareStack({
      stackId: projectId,
      data: { services: { web: { image: 'nginx', description: 'Web', ports: ['80/tcp'] } } },
    });
    assertStatus(declared, 200);
    containerId = declared.data.services?.[0]?.id ?? '';
  });
  afterAll(async () => {
    await place.cloud.close();
    await dns.stop();
  });

  const make = async (hostname: string) => {
    const paths = [{ path: '/', target: { container: { id: containerId, portProtocol: '80/tcp' } } }];
    const made = await api.ingressCreateIngress({ data: { hostname, projectId, paths } });
    assertStatus(made, 201);
    return made.data;
  };

  it('leads a host to a container, and elsewhere', async () => {
    const { id: ingressId } = await make('shop.apps.test');
    const target = { container: { id: containerId, portProtocol: '8080/tcp' } };
    const paths = [
      { path: '/', target: { useDefaultPage: true } },
      { path: '/api', target },
    ];
    assertStatus(await api.ingressUpdateIngressPaths({ ingressId, data: paths }), 204);
    const shown = await api.ingressGetIngress({ ingressId });
    assertStatus(shown, 200);
    expect(shown.data.paths).toEqual(paths);
    const listed = await api.ingressListIngresses({
      queryParameters: { projectId, containerId, hostnameSubstring: 'SHOP', limit: 10, skip: 0 },
    });
    assertStatus(listed, 200);
    expect(listed.data).toEqual([shown.data]);
    assertStatus(await api.ingressRequestIngressAcmeCertificateIssuance({ ingressId }), 204);
    const requests = await api.sslListCertificateRequests({ queryParameters: { ingressId } });
    assertStatus(requests, 200);
    expect(requests.data).toMatchObject([{ isCompleted: false, certificateType: 1, commonName: 'shop.apps.test' }]);
    assertStatus(await api.ingressDeleteIngress({ ingressId }), 204);
  });

  it('proves that a host is its own', async () => {
    const { id: ingressId, ownership } = await make('shop.customer.example');
    dns.setText('_pierhead.shop.customer.example', ownership.txtRecord ?? '');
    assertStatus(await api.ingressIngressVerifyOwnership({ ingressId }), 200);
    const domains = await api.listDomains({ queryParameters: { projectId, domainSearchName: 'customer' } });
    assertStatus(domains, 200);
    const domain = await api.getDomain({ domainId: domains.data[0]?.domainId ?? '' });
    assertStatus(domain, 200);
    expect(domain.data).toMatchObject({ domain: 'shop.customer.example', connected: true });
    assertStatus(await api.ingressDeleteIngress({ ingressId }), 204);
  });

  it('brings certificates along', async () => {
    const authority = await FakeCertificateAuthority.create();
    const { id: ingressId } = await make('secure.apps.test');
    const issue = async () => {
      const { certificatePem, privateKeyPem } = await authority.issueNamed('secure', ['secure.apps.test']);
      return { certificate: certificatePem, privateKey: privateKeyPem };
    };
    const made = await api.sslCreateCertificateRequest({ data: { ...(await issue()), projectId } });
    assertStatus(made, 201);
    const certificateId = made.data.id;
    assertStatus(await api.ingressUpdateIngressTls({ ingressId, data: { certificateId } }), 200);
    const shown = await api.sslGetCertificate({ certificateId });
    assertStatus(shown, 200);
    const listed = await api.sslListCertificates({ queryParameters: { projectId, ingressId } });
    assertStatus(listed, 200);
    expect(listed.data).toEqual([shown.data]);
    const request = await api.sslGetCertificateRequest({ certificateRequestId: certificateId });
    assertStatus(request, 200);
    expect(request.data.isCompleted).toBe(true);
    assertStatus(await api.sslReplaceCertificate({ certificateId, data: await issue() }), 204);
    assertStatus(await api.ingressUpdateIngressTls({ ingressId, data: { acme: true } }), 200);
    assertStatus(await api.sslDeleteCertificate({ certificateId }), 204);
    const another = await api.sslCreateCertificateRequest({ data: { ...(await issue()), projectId } });
    assertStatus(another, 201);
    assertStatus(await api.sslDeleteCertificateRequest({ certificateRequestId: another.data.id }), 204);
  });

  it('has called every operation that it knows', () => {
    // The client knows the list of all ingresses only.
    expect(vendor.uncalled(contract.hosts)).toEqual(['GET /v2/projects/{projectId}/ingresses']);
  });
});
