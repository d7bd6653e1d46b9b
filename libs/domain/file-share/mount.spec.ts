import { shareMountOf, type MountPlace } from './mount.js';

const server = { nodeId: 'server', machine: 'one' };
const node = (given: Partial<MountPlace>): MountPlace => ({ nodeId: 'n', nfsClient: false, machine: 'two', ...given });

it.each<[string, MountPlace, string | null]>([
  ['binds what is its own, client or not', node({ nodeId: 'server', nfsClient: true, machine: 'one' }), 'bind'],
  ['mounts over the network where its kernel can', node({ nfsClient: true }), 'nfs'],
  ['mounts over the network on the same machine too', node({ nfsClient: true, machine: 'one' }), 'nfs'],
  ['binds on the same machine where its kernel cannot', node({ machine: 'one' }), 'bind'],
  ['cannot on another machine without a client', node({}), null],
  ['takes unknown machines for different ones', node({ machine: null }), null],
])('a node %s', (_what, place, kind) => expect(shareMountOf(place, server).kind).toBe(kind));

it('takes two unknown machines for different ones', () => {
  expect(shareMountOf(node({ machine: null }), { nodeId: 'server', machine: null }).kind).toBeNull();
});
