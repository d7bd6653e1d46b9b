import type { NodePlace } from '../desired.js';
import type { Member, ProjectNetwork } from '../project.network.js';

export const here = 'aaaaaaaa-0000-4000-8000-000000000001';
export const there = 'bbbbbbbb-0000-4000-8000-000000000002';

export const place: NodePlace = { nodeId: here, underlayAddress: '192.0.2.1', outside: 'eth0', mtu: 1450 };

export const member = (changes: Partial<Member> = {}): Member => ({
  ...{ containerId: 'c1', nodeId: here, address: '10.64.0.10', answers: true, name: 'box' },
  ...{ serviceId: null, serviceName: null, stackName: null, ordinal: 0, links: [] },
  ...changes,
});

export const network = (changes: Partial<ProjectNetwork> = {}): ProjectNetwork => ({
  ...{ projectId: 'p1', organizationId: 'o1', vni: 7, range: '10.64.0.0/22', gateway: '10.64.0.1' },
  ...{ nodeAddress: '10.64.3.254', idleServices: [], publicAddresses: [] },
  members: [member(), member({ containerId: 'c2', nodeId: there, address: '10.64.0.11' })],
  peers: [{ nodeId: there, underlayAddress: '192.0.2.2', nodeAddress: '10.64.3.253' }],
  ...changes,
});
