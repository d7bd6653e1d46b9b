import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { FakeCertificateAuthority } from '#libs/testing/certificate-authority.fake.js';
import { StandInRegistry, type StandInOptions } from '../testing/stand-in.registry.js';
import { DistributionRegistryProber } from './distribution.registry-prober.js';

const user = { username: 'robot', password: 'se:cret' };
const wrong = { ...user, password: 'guessed' };

const proberFor = (trusted: string[], timeoutMs = 5_000) => new DistributionRegistryProber({ trusted, timeoutMs });

async function serving<T>(answer: Parameters<typeof createServer>[1], work: (host: string) => Promise<T>): Promise<T> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await work(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe.each(['basic', 'token'] satisfies StandInOptions['proof'][])('a registry that asks for a %s', (proof) => {
  const registry = new StandInRegistry({ proof, user });
  beforeAll(() => registry.open());
  afterAll(() => registry.close());

  it('is one, and takes the right credentials only', async () => {
    const prober = proberFor([registry.host]);
    expect(await prober.probe(registry.host, null)).toEqual({ answers: true, accepted: null });
    expect(await prober.probe(registry.host, user)).toEqual({ answers: true, accepted: true });
    expect(await prober.probe(registry.host, wrong)).toEqual({ answers: true, accepted: false });
  });

  it('is not asked at all where it is inside', async () => {
    const before = registry.asked.length;
    const probe = await proberFor([]).probe(registry.host, user);
    expect(probe).toEqual({ answers: false, reason: expect.stringContaining('may not be asked from here') });
    expect(registry.asked).toHaveLength(before);
  });
});

it('finds a registry that is open to everybody', async () => {
  const registry = new StandInRegistry({ proof: 'none' });
  await registry.open();
  expect(await proberFor([registry.host]).probe(registry.host, null)).toEqual({ answers: true, accepted: null });
  await registry.close();
});

it('asks a registry that is inside over TLS where the operator says so', async () => {
  const { certificatePem, privateKeyPem } = await (
    await FakeCertificateAuthority.create()
  ).issueNamed('inner', ['localhost']);
  const server = createSecureServer({ cert: certificatePem, key: privateKeyPem });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const reason = async (trusted: string[]) => (await proberFor(trusted).probe(host, null)) as { reason?: string };
  // It was reached: only that its certificate is nobody's is in the way.
  expect(await reason([`https://${host}`])).toMatchObject({ reason: expect.stringContaining('its certificate') });
  expect(await reason([])).toMatchObject({ reason: expect.stringContaining('may not be asked from here') });
  server.closeAllConnections();
  server.close();
});

it.each([
  ['a web page', 200, { 'content-type': 'text/html' }, 'does not answer as a registry'],
  ['nothing there', 404, {}, 'does not answer as a registry'],
  ['a broken server', 500, {}, 'does not answer as a registry'],
])('takes %s for no registry', async (_what, status, headers, reason) => {
  const probe = await serving(
    (_, response) => void response.writeHead(status, headers).end(),
    (host) => proberFor([host]).probe(host, null),
  );
  expect(probe).toEqual({ answers: false, reason: expect.stringContaining(reason) });
});

it('says what kept it from asking', async () => {
  const silent = await serving(
    () => undefined,
    (host) => proberFor([host], 200).probe(host, null),
  );
  expect(silent).toEqual({ answers: false, reason: expect.stringContaining('did not answer in time') });
  const closed = await serving(
    () => undefined,
    (host) => Promise.resolve(host),
  );
  expect(await proberFor([closed]).probe(closed, null)).toEqual({
    answers: false,
    reason: expect.stringContaining('nothing answers there'),
  });
  const nowhere = 'registry.invalid';
  expect(await proberFor([nowhere]).probe(nowhere, null)).toMatchObject({ answers: false });
});

it('does not hand a password to another host than the registry and who gives its tokens', async () => {
  const seen: (string | undefined)[] = [];
  await serving(
    (request, response) => {
      seen.push(request.headers.authorization);
      response.end('{}');
    },
    (other) =>
      serving(
        (_, response) => void response.writeHead(307, { location: `http://${other}/v2/` }).end(),
        (host) => proberFor([host, other]).probe(host, user),
      ),
  );
  expect(seen).toEqual([undefined]);
});
