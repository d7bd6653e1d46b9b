import { randomUUID } from 'node:crypto';
import { ShareMounts } from './share.mounts.js';

const [shareId, volumeId] = [randomUUID(), randomUUID()];
const source = { shareId, nodeId: 'server', machine: 'a', address: '192.0.2.9', port: 2050 };
const mounts = (given: { nfsClient?: boolean; machine?: string | null; nodeId?: string } = {}) => {
  const { nodeId = 'here', ...place } = given;
  return new ShareMounts({
    ...{ nodeId, disk: null, folder: '/nonexistent/pierhead' },
    place: { nfsClient: false, machine: 'b', ...place },
  });
};

it('asks the engine for NFS where the kernel can', async () => {
  expect(await mounts({ nfsClient: true }).optionsFor(source, volumeId)).toEqual({
    type: 'nfs',
    o: 'addr=192.0.2.9,port=2050,vers=4.1,proto=tcp,hard',
    device: `192.0.2.9:/${shareId}/${volumeId}`,
  });
  const over6 = await mounts({ nfsClient: true }).optionsFor({ ...source, address: '2001:db8::9' }, volumeId);
  expect(over6).toMatchObject({ device: `[2001:db8::9]:/${shareId}/${volumeId}` });
});

it.each([
  [
    'on another machine without a client',
    {},
    'invalid',
    'The node’s kernel has no NFS client, and the share is on another machine.',
  ],
  ['before its own share is there', { nodeId: 'server' }, 'unavailable', 'The share is not ready here yet.'],
  [
    'before the machine has its device',
    { machine: 'a' },
    'unavailable',
    'The share’s node on this machine has not made it ready yet.',
  ],
])('says why it cannot, %s', async (_when, given, code, message) => {
  await expect(mounts(given).optionsFor(source, volumeId)).rejects.toMatchObject({ code, message });
});

it('takes no path for an id', async () => {
  const asked = mounts({ nfsClient: true }).optionsFor({ ...source, shareId: '../../etc' }, volumeId);
  await expect(asked).rejects.toMatchObject({ code: 'unavailable' });
});
