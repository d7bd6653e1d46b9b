import { readKernel } from './kernel.read.js';

const links = [
  { ifname: 'lo', addr_info: [{ family: 'inet', local: '127.0.0.1', prefixlen: 8 }] },
  { ifname: 'eth0', address: '02:00:00:00:00:01', mtu: 1500, flags: ['UP'], addr_info: [] },
  {
    ...{ ifname: 'phb7', address: '02:62:00:00:00:07', mtu: 1450, flags: ['BROADCAST', 'UP'] },
    linkinfo: { info_kind: 'bridge' },
    addr_info: [{ family: 'inet', local: '10.64.0.1', prefixlen: 22 }],
  },
  {
    ...{ ifname: 'phx7', address: '02:70:00:00:00:01', mtu: 1450, flags: ['UP'] },
    linkinfo: { info_kind: 'vxlan', info_data: { id: 7, local: '192.0.2.1' } },
    addr_info: [
      { family: 'inet6', local: 'fe80::1', prefixlen: 64 },
      { family: 'inet', local: '10.64.3.254', prefixlen: 32 },
    ],
  },
];
const answers = { addresses: JSON.stringify(links), routes: '', neighbours: '', forwardings: '' };

describe('what the kernel holds', () => {
  it('is read of our own devices only', () => {
    const state = readKernel({
      ...answers,
      routes: JSON.stringify([
        { type: 'unreachable', dst: '10.64.0.0/22', dev: 'lo', metric: 65535 },
        { dst: '10.64.0.11', gateway: '10.64.3.253', dev: 'phx7', prefsrc: '10.64.3.254', flags: ['onlink'] },
      ]),
      neighbours: JSON.stringify([
        { dst: '10.64.3.253', dev: 'phx7', lladdr: '02:70:00:00:00:02', state: ['PERMANENT'] },
        { dst: '192.0.2.9', dev: 'eth0', lladdr: '02:00:00:00:00:09', state: ['PERMANENT'] },
      ]),
      forwardings: JSON.stringify([
        { mac: '02:70:00:00:00:02', ifname: 'phx7', dst: '192.0.2.2', state: 'permanent' },
        { mac: '33:33:00:00:00:01', ifname: 'phb7', state: 'permanent' },
      ]),
    });
    expect(state).toEqual({
      loopback: [],
      bridges: [{ name: 'phb7', mac: '02:62:00:00:00:07', mtu: 1450, address: '10.64.0.1/22' }],
      tunnels: [
        { name: 'phx7', mac: '02:70:00:00:00:01', mtu: 1450, vni: 7, local: '192.0.2.1', address: '10.64.3.254/32' },
      ],
      routes: [
        { destination: '10.64.0.0/22', unreachable: true, device: null, via: null, source: null },
        { destination: '10.64.0.11', unreachable: false, device: 'phx7', via: '10.64.3.253', source: '10.64.3.254' },
      ],
      neighbours: [{ device: 'phx7', address: '10.64.3.253', mac: '02:70:00:00:00:02' }],
      forwardings: [{ device: 'phx7', mac: '02:70:00:00:00:02', destination: '192.0.2.2' }],
    });
  });

  it('gives a device that is down, or not of its kind, no address: it is set right again', () => {
    const down = links.map((link) => ({ ...link, flags: [] }));
    expect(readKernel({ ...answers, addresses: JSON.stringify(down) }).bridges[0]?.address).toBe('');
    const other = links.map((link) => ({ ...link, linkinfo: { info_kind: 'veth' } }));
    expect(readKernel({ ...answers, addresses: JSON.stringify(other) }).tunnels[0]?.address).toBe('');
  });

  it('is nothing where nothing is printed', () => {
    expect(readKernel({ ...answers, addresses: '' }).tunnels).toEqual([]);
  });
});
