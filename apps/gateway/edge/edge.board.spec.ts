import { randomBytes } from 'node:crypto';
import type { AgentHello } from '#libs/core/agent/agent-directory.port.js';
import { CertificateVault } from '#libs/core/certificate/certificate.vault.js';
import type { EdgeProjectView } from '#libs/core/edge/edge-directory.port.js';
import { routeHealthCheck } from '#libs/domain/route/route.js';
import { createLog } from '#libs/platform/log.js';
import { FakeWakeUps } from '#libs/testing/agent-directory.fake.js';
import { FakeEdgeDirectory } from '#libs/testing/edge-directory.fake.js';
import { FakeProjectChanges } from '#libs/testing/network-directory.fake.js';
import { GatewayLog } from '../gateway.log.js';
import { GatewaySettings } from '../gateway.settings.js';
import { ProjectFollower } from '../network/project.follower.js';
import type { Outgoing, SessionLink } from '../session/session.port.js';
import { EdgeBoard } from './edge.board.js';

class Link implements SessionLink {
  readonly epoch = 7;
  open = true;
  readonly sent: Outgoing[] = [];
  constructor(readonly nodeId: string) {}
  send(message: Outgoing): Promise<boolean> {
    this.sent.push(message);
    return Promise.resolve(true);
  }
  supersede(): void {
    this.open = false;
  }
  get states() {
    return this.sent.flatMap((message) => (message.$case === 'edge' ? [message.value] : []));
  }
}

const hello = (roles: string[]): AgentHello => ({
  agentVersion: '1',
  engineKind: 'podman',
  engineVersion: '4',
  capacity: { milliCpu: 1, memoryBytes: 1, diskBytes: 1, maxContainers: 1 },
  labels: {},
  address: '127.0.0.1',
  roles,
  overlay: false,
  underlayAddress: '',
});

const vault = new CertificateVault(randomBytes(32));

const project = (projectId: string, given: Partial<EdgeProjectView> = {}, draining = false): EdgeProjectView => ({
  projectId,
  organizationId: 'o',
  routes: [
    {
      ...{ routeId: `r-${projectId}`, kind: 'http', host: `${projectId}.example`, path: '/', port: null, tls: true },
      ...{ certificateId: 'k', redirectToHttps: true, hstsMaxAgeSeconds: 60, cookieAffinity: false },
      ...{ proxyProtocol: 'none', healthCheck: routeHealthCheck.parse({}), drainMs: 5_000 },
      targets: [
        { serviceId: 's', port: 8080, weight: 100, endpoints: [{ containerId: 'c', address: '10.64.0.2', draining }] },
      ],
    },
  ],
  certificates: [
    {
      certificateId: 'k',
      names: [`${projectId}.example`],
      chainPem: 'CHAIN',
      keySealed: vault.seal('KEY', 'k'),
    },
  ],
  challenges: [{ host: `${projectId}.example`, token: 't', response: 't.x' }],
  ...given,
});

const until = async (holds: () => boolean): Promise<void> => {
  const deadline = Date.now() + 5_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error('It did not come to that.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

describe('the routes of a gateway’s edges', () => {
  let directory: FakeEdgeDirectory;
  let changes: FakeProjectChanges;
  let wakeUps: FakeWakeUps;
  let follower: ProjectFollower;
  let board: EdgeBoard;
  const begin = (nodeId: string, roles = ['edge']): Link => {
    const link = new Link(nodeId);
    board.begin(link, hello(roles));
    return link;
  };
  const change = (...projectIds: string[]) => {
    directory.version += 10;
    changes.change(...projectIds);
    wakeUps.wakeEvents('o');
  };
  const put = (view: EdgeProjectView) => {
    directory.projects.set(view.projectId, view);
    change(view.projectId);
  };
  const applied = (
    link: Link,
    projectId: string,
    generation: number,
    problems: { routeId: string; sentence: string }[] = [],
  ) => board.receive(link, { $case: 'edgeProjectApplied', value: { projectId, generation, problems } });
  beforeEach(() => {
    directory = new FakeEdgeDirectory();
    changes = new FakeProjectChanges();
    wakeUps = new FakeWakeUps();
    const settings = new GatewaySettings({ gatewayId: 'g', changesPollMs: 50, edgeGatherMs: 10 });
    const log = new GatewayLog(createLog('test', 'silent'));
    follower = new ProjectFollower(settings, changes, wakeUps, log);
    board = new EdgeBoard(settings, directory, vault, follower, log);
    follower.start();
  });
  afterEach(() => {
    board.stop();
    follower.stop();
  });

  it('are told with the keys of what they show, to nodes in the edge role only', async () => {
    directory.projects.set('p', project('p'));
    const [edge, other] = [begin('a'), begin('b', ['storage'])];
    await until(() => edge.states.length === 1);
    expect(edge.states[0]).toEqual({
      generation: 1,
      full: true,
      more: false,
      removedProjects: [],
      projects: [
        {
          projectId: 'p',
          routes: [
            {
              ...{ routeId: 'r-p', kind: 'http', host: 'p.example', path: '/', port: 0, tls: true, certificateId: 'k' },
              ...{ redirectToHttps: true, hstsMaxAgeS: 60, cookieAffinity: false, proxyProtocol: 'none' },
              healthCheck: { kind: 'tcp', path: '/', acceptedCodes: [], intervalMs: 2_000, rise: 2, fall: 3 },
              drainMs: 5_000,
              targets: [
                {
                  ...{ serviceId: 's', port: 8080, weight: 100 },
                  endpoints: [{ containerId: 'c', address: '10.64.0.2', port: 8080, draining: false }],
                },
              ],
            },
          ],
          certificates: [{ certificateId: 'k', names: ['p.example'], chainPem: 'CHAIN', keyPem: 'KEY' }],
          challenges: [{ host: 'p.example', token: 't', response: 't.x' }],
        },
      ],
    });
    expect(other.sent).toEqual([]);
  });

  it('are told without a certificate whose key cannot be opened', async () => {
    const foreign = new CertificateVault(randomBytes(32)).seal('KEY', 'k');
    const certificates = [{ certificateId: 'k', names: [], chainPem: 'CHAIN', keySealed: foreign }];
    directory.projects.set('p', project('p', { certificates }));
    const edge = begin('a');
    await until(() => edge.states.length === 1);
    expect(edge.states[0]?.projects[0]).toMatchObject({ certificates: [], routes: [{ routeId: 'r-p' }] });
  });

  it('are read once for all edges, and each is told of its own organization’s and, of the platform’s, of all', async () => {
    directory.ownerOf.set('theirs', 'o');
    directory.ownerOf.set('others', 'another');
    const links = [begin('ours'), begin('theirs'), begin('others')] as const;
    await until(() => links.every((link) => link.states.length === 1));
    const reads = directory.reads.length;
    put(project('p'));
    await until(() => links[0].states.length === 2 && links[1].states.length === 2);
    expect(directory.reads.slice(reads)).toEqual([['p']]);
    expect(links[2].states).toHaveLength(1);
  });

  it('come, change and go', async () => {
    const edge = begin('a');
    await until(() => edge.states.length === 1);
    put(project('p'));
    await until(() => edge.states.length === 2);
    put(project('p', {}, true));
    await until(() => edge.states.length === 3);
    directory.projects.delete('p');
    change('p');
    await until(() => edge.states.length === 4);
    expect(
      edge.states.map(({ generation, full, projects, removedProjects }) => [
        generation,
        full,
        projects.length,
        removedProjects,
      ]),
    ).toEqual([
      [1, true, 0, []],
      [2, false, 1, []],
      [3, false, 1, []],
      [4, false, 0, ['p']],
    ]);
  });

  it('are in force as of the read that they came from', async () => {
    directory.projects.set('p', project('p'));
    directory.projects.set('q', project('q'));
    const edge = begin('a');
    await until(() => edge.states.length === 1);
    applied(edge, 'p', 1, [{ routeId: 'r-p', sentence: 'No.' }]);
    await until(() => directory.acknowledged.length === 1);
    expect(directory.acknowledged[0]).toEqual({
      ...{ nodeId: 'a', epoch: 7, projectId: 'p', version: 100 },
      problems: [{ routeId: 'r-p', sentence: 'No.' }],
    });
    put(project('p', {}, true));
    await until(() => edge.states.length === 2);
    expect(directory.acknowledged).toHaveLength(1);
    expect(board.all[0]?.lagMs).toBeGreaterThanOrEqual(0);
    applied(edge, 'p', 2);
    await until(() => directory.acknowledged.length === 2);
    expect(directory.acknowledged[1]).toMatchObject({ projectId: 'p', version: 110, problems: [] });
    // Of the one that was not confirmed by itself.
    board.receive(edge, { $case: 'edgeApplied', value: { generation: 2, problems: [] } });
    await until(() => directory.acknowledged.length === 3);
    expect(directory.acknowledged[2]).toMatchObject({ projectId: 'q', version: 100, problems: null });
    expect(board.all[0]?.lagMs).toBe(0);
  });

  it('that did not change are not sent again, and are in force as of the later read', async () => {
    directory.projects.set('p', project('p'));
    const edge = begin('a');
    await until(() => edge.states.length === 1);
    change('p');
    await until(() => directory.reads.length === 2);
    applied(edge, 'p', 1);
    await until(() => directory.acknowledged.length === 1);
    expect(directory.acknowledged[0]).toMatchObject({ version: 110 });
    change('p');
    await until(() => directory.acknowledged.length === 2);
    expect(directory.acknowledged[1]).toMatchObject({ version: 120, problems: null });
    expect(edge.states).toHaveLength(1);
  });

  it('are not taken for in force by a confirmation of what came before', async () => {
    const edge = begin('a');
    await until(() => edge.states.length === 1);
    put(project('p'));
    await until(() => edge.states.length === 2);
    put(project('p', {}, true));
    await until(() => edge.states.length === 3);
    applied(edge, 'p', 2);
    await until(() => directory.acknowledged.length === 1);
    expect(directory.acknowledged[0]).toMatchObject({ version: 110 });
    applied(edge, 'p', 3);
    await until(() => directory.acknowledged.length === 2);
    expect(directory.acknowledged[1]).toMatchObject({ version: 120 });
    applied(edge, 'unknown', 3);
  });

  it('are told, and noted, after the database was away', async () => {
    directory.projects.set('p', project('p'));
    directory.available = false;
    const edge = begin('a');
    await new Promise((resolve) => setTimeout(resolve, 30));
    directory.available = true;
    await until(() => edge.states.length === 1);
    expect(edge.states[0]).toMatchObject({ generation: 1, full: true, projects: [{ projectId: 'p' }] });
    directory.available = false;
    applied(edge, 'p', 1, [{ routeId: 'r-p', sentence: 'No.' }]);
    put(project('p', {}, true));
    await until(() => directory.reads.length > 1);
    directory.available = true;
    await until(() => edge.states.length === 2);
    await until(() => directory.acknowledged.length === 1);
    expect(directory.acknowledged[0]).toMatchObject({ version: 100, problems: [{ sentence: 'No.' }] });
  });

  it('concern nobody after the session’s end', async () => {
    const edge = begin('a');
    await until(() => edge.states.length === 1);
    board.end(edge);
    put(project('p'));
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect([edge.states.length, board.all]).toEqual([1, []]);
  });
});
