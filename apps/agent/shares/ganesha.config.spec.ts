import { ganeshaConfig } from './ganesha.config.js';

const settings = { address: '0.0.0.0', port: 2049, folder: '/var/lib/x', graceSeconds: 10 };
const one = { exportId: 3, shareId: 'b6b6a2a0-0000-4000-8000-000000000001', folder: '/srv/volumes' };

it('exports to the given addresses only, and to nobody else', () => {
  const text = ganeshaConfig(settings, [{ ...one, clients: ['192.0.2.1', '2001:db8::1'] }]);
  expect(text).toContain('Access_Type = None');
  expect(text).toContain('CLIENT { Clients = 192.0.2.1, 2001:db8::1; Access_Type = RW;');
  expect(text).toContain(`Pseudo = "/${one.shareId}";`);
  expect(text).toContain('NFS_Protocols = 4;');
});

it.each([[[]], [['*']], [['0.0.0.0/0; } EXPORT {']], [['node-1']]])('exports nothing to %j', (clients) => {
  expect(ganeshaConfig(settings, [{ ...one, clients }])).not.toContain('EXPORT {');
});
