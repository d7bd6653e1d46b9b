import { desiredKernel, residents } from './desired.js';
import { bridgeMac, nodeMac } from './overlay.names.js';
import { here, member, network, place, there } from './testing/network-fixture.js';

const local = { containerId: 'c1', projectId: 'p1', address: '10.64.0.10' };

describe('who has which address', () => {
  it('is what the control plane says, here and elsewhere', () => {
    expect(residents(network(), here, [])).toEqual({
      local: ['10.64.0.10'],
      remote: [{ address: '10.64.0.11', nodeId: there }],
    });
  });

  it('counts a container of here before the control plane knows it, in its own project only', () => {
    const locals = [
      { ...local, containerId: 'c3', address: '10.64.0.12' },
      { ...local, containerId: 'c4', projectId: 'p2', address: '10.68.0.1' },
    ];
    expect(residents(network(), here, locals).local).toEqual(['10.64.0.10', '10.64.0.12']);
  });

  it('takes an address away from a container of here that was given up', () => {
    const moved = network({ members: [member({ nodeId: there, containerId: 'c9' })] });
    expect(residents(moved, here, [local])).toEqual({ local: [], remote: [{ address: '10.64.0.10', nodeId: there }] });
  });

  it('prefers the holder on this node, then the one that answers', () => {
    const far = 'cccccccc-0000-4000-8000-000000000003';
    const [old, fresh] = [member({ nodeId: far, answers: false }), member({ nodeId: there })];
    expect(residents(network({ members: [fresh, old] }), here, []).remote).toEqual([
      { address: '10.64.0.10', nodeId: there },
    ]);
    expect(residents(network({ members: [fresh, member(), old] }), here, []).local).toEqual(['10.64.0.10']);
  });
});

describe('the kernel that a node wants', () => {
  it('has a tunnel with a way to each other node, and through it to each of their containers', () => {
    const state = desiredKernel(place, [network()], []);
    expect(state.tunnels).toEqual([
      { name: 'phx7', mac: nodeMac(here), mtu: 1450, vni: 7, local: '192.0.2.1', address: '10.64.3.254/32' },
    ]);
    expect(state.neighbours).toEqual([{ device: 'phx7', address: '10.64.3.253', mac: nodeMac(there) }]);
    expect(state.forwardings).toEqual([{ device: 'phx7', mac: nodeMac(there), destination: '192.0.2.2' }]);
    const through = { unreachable: false, device: 'phx7', source: '10.64.3.254' };
    expect(state.routes).toEqual([
      { destination: '10.64.0.0/22', unreachable: true, device: null, via: null, source: null },
      { ...through, destination: '10.64.3.253', via: null },
      { ...through, destination: '10.64.0.11', via: '10.64.3.253' },
    ]);
  });

  it('has a bridge once a container is about to be made, not for being told of one', () => {
    expect(desiredKernel(place, [network()], []).bridges).toEqual([]);
    expect(desiredKernel(place, [network()], [local]).bridges).toEqual([
      { name: 'phb7', mac: bridgeMac(7), mtu: 1450, address: '10.64.0.1/22' },
    ]);
  });

  it('has no way to a container whose node has no overlay', () => {
    const state = desiredKernel(place, [network({ peers: [] })], []);
    expect(state.routes.map(({ destination }) => destination)).toEqual(['10.64.0.0/22']);
  });
});
