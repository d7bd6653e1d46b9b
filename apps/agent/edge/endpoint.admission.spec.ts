import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { endpoint, project, route, target } from '#libs/edge/testing/edge-fixture.js';
import type { EdgeRoute } from '#libs/edge/state.js';
import { until } from '../testing/until.js';
import { EndpointAdmission } from './endpoint.admission.js';

const timing = { firstRetryMs: 5, longestRetryMs: 20, answerWithinMs: 500, patienceMs: 100 };
const never = () => false;
const healthCheck = { kind: 'http' as const, path: '/up', acceptedCodes: [], intervalMs: 1_000, rise: 1, fall: 1 };

describe('letting containers in', () => {
  let server: Server;
  let port: number;
  let status: number;
  let asked: string[];
  let admission: EndpointAdmission;
  let admitted: number;
  beforeEach(async () => {
    [status, asked, admitted] = [200, [], 0];
    server = createServer((request, response) => {
      asked.push(`${request.headers.host}${request.url}`);
      response.writeHead(status).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
    admission = new EndpointAdmission(() => (admitted += 1), timing);
  });
  afterEach(async () => {
    admission.stop();
    server.close();
    await once(server, 'close');
  });
  const here = () => endpoint('127.0.0.1', port);
  const look = (given: Partial<EdgeRoute> = {}, serves: () => boolean = never) => {
    const wanted = route('r', { targets: [target(1, here())], ...given });
    admission.look([project('p', { routes: [wanted] })], serves);
  };
  const has = () => admission.has('r', here());

  it('takes a connection, or for a check by HTTP a good answer to it', async () => {
    status = 500;
    look();
    await until('admitted', has);
    expect(asked).toEqual([]);
    admission.stop();
    look({ healthCheck });
    await until('several tries', () => asked.length > 2);
    expect([has(), admission.waiting]).toEqual([false, 1]);
    expect(asked[0]).toBe('r.example.com/up');
    status = 204;
    await until('admitted', has);
    expect([admitted, admission.waiting]).toEqual([2, 0]);
  });

  it('says of whom it is tried in vain', async () => {
    status = 500;
    const wanted = route('r', { healthCheck, targets: [target(1, here(), endpoint('127.0.0.1', 1))] });
    admission.look([project('p', { routes: [wanted] })], never);
    expect(admission.unreached('p', [wanted])).toEqual([]);
    await until('two in vain', () => admission.unreached('p', [wanted])[0]?.sentence.startsWith('2 of 2') ?? false);
    expect(admission.unreached('p', [wanted])).toEqual([
      {
        projectId: 'p',
        routeId: 'r',
        sentence: expect.stringMatching(new RegExp(`do not answer on port ${port}, 1, or not to the health check /up`)),
      },
    ]);
    status = 200;
    await until('admitted', has);
    expect(admission.unreached('p', [wanted])[0]?.sentence).toMatch(/^1 of 2 /);
  });

  it('only connects where the PROXY protocol is expected', async () => {
    status = 500;
    look({ healthCheck, proxyProtocol: 'v2' });
    await until('admitted', has);
    expect(asked).toEqual([]);
  });

  it('is over at some time for a container that nobody checks', async () => {
    const gone = endpoint('127.0.0.1', 1);
    const unchecked = { ...healthCheck, kind: 'none' as const };
    admission.look(
      [project('p', { routes: [route('r', { healthCheck: unchecked, targets: [target(1, gone)] })] })],
      never,
    );
    expect(admission.has('r', gone)).toBe(false);
    await until('admitted', () => admission.has('r', gone));
  });

  it('is not asked of what already serves, and begins anew for what left and comes back', async () => {
    look({}, () => true);
    expect(has()).toBe(true);
    look({ targets: [target(1, { ...here(), draining: true })] });
    expect(has()).toBe(false);
    look();
    expect(has()).toBe(false);
    await until('admitted', has);
  });

  it('is of a container, not of an address', async () => {
    look();
    await until('admitted', has);
    const next = { ...here(), containerId: 'next' };
    expect(admission.has('r', next)).toBe(false);
  });
});
