import { desiredKernel } from './desired.js';
import { kernelCommands } from './kernel.diff.js';
import type { KernelState } from './kernel.state.js';
import { bridgeMac, nodeMac } from './overlay.names.js';
import { here, member, network, place, there } from './testing/network-fixture.js';

const empty: KernelState = { bridges: [], tunnels: [], routes: [], neighbours: [], forwardings: [], loopback: [] };
const local = { containerId: 'c1', projectId: 'p1', address: '10.64.0.10' };
const wanted = () => desiredKernel(place, [network()], [local]);

describe('the way from one kernel state to another', () => {
  it('is none when they agree', () => {
    expect(kernelCommands(wanted(), wanted())).toEqual({ ip: [], bridge: [] });
  });

  it('makes everything from nothing, whoever is gone through first', () => {
    expect(kernelCommands(empty, wanted())).toEqual({
      ip: [
        'addr replace 169.254.53.53/32 dev lo label lo:pierhead',
        'link add name phb7 type bridge',
        `link set dev phb7 address ${bridgeMac(7)} mtu 1450 up`,
        'addr replace 10.64.0.1/22 dev phb7',
        `link add name phx7 address ${nodeMac(here)} mtu 1450 type vxlan id 7 local 192.0.2.1 dstport 4789 nolearning`,
        'addr replace 10.64.3.254/32 dev phx7',
        'link set dev phx7 up',
        'route replace unreachable 10.64.0.0/22 metric 65535 proto 158',
        'route replace 10.64.3.253 dev phx7 scope link src 10.64.3.254 proto 158',
        'route replace 10.64.0.11 via 10.64.3.253 dev phx7 onlink src 10.64.3.254 proto 158',
        `neigh replace 10.64.3.253 lladdr ${nodeMac(there)} dev phx7 nud permanent`,
      ],
      bridge: [`fdb replace ${nodeMac(there)} dev phx7 dst 192.0.2.2 self permanent`],
    });
  });

  it('removes what is not wanted; what goes with its device is not removed twice', () => {
    const { ip, bridge } = kernelCommands(wanted(), empty);
    expect(ip).toEqual([
      'addr delete 169.254.53.53/32 dev lo',
      'link delete dev phx7',
      'link delete dev phb7',
      'route delete unreachable 10.64.0.0/22 metric 65535 proto 158',
    ]);
    expect(bridge).toEqual([]);
  });

  it('changes a route in place when a container moves, and nothing else', () => {
    const far = 'cccccccc-0000-4000-8000-000000000003';
    const peers = [...network().peers, { nodeId: far, underlayAddress: '192.0.2.3', nodeAddress: '10.64.3.252' }];
    const at = (nodeId: string) =>
      desiredKernel(place, [network({ peers, members: [member({ nodeId, address: '10.64.0.11' })] })], []);
    expect(kernelCommands(at(there), at(far))).toEqual({
      ip: ['route replace 10.64.0.11 via 10.64.3.252 dev phx7 onlink src 10.64.3.254 proto 158'],
      bridge: [],
    });
  });

  it('makes a tunnel that is wrong anew, with everything that hangs on it', () => {
    const actual = wanted();
    actual.tunnels[0]!.local = '192.0.2.99';
    const { ip, bridge } = kernelCommands(actual, wanted());
    expect(ip[0]).toBe('link delete dev phx7');
    expect(ip.filter((line) => line.startsWith('route replace'))).toHaveLength(2);
    expect(ip.filter((line) => line.startsWith('neigh replace'))).toHaveLength(1);
    expect(bridge).toHaveLength(1);
  });

  it('corrects a bridge that the engine made, where it is', () => {
    const actual = wanted();
    actual.bridges[0]!.mac = 'f6:e0:97:e2:69:2d';
    expect(kernelCommands(actual, wanted()).ip).toEqual([
      `link set dev phb7 address ${bridgeMac(7)} mtu 1450 up`,
      'addr replace 10.64.0.1/22 dev phb7',
    ]);
  });
});
