import { createServer } from 'node:net';
import { freePort, listeningInodes, portOwner, requirePortFree } from './port.js';

describe('ports', () => {
  it('finds the listening sockets of one port in the kernel’s table', () => {
    const table = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      '   0: 0100007F:1BA8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0',
      '   1: 0100007F:1BA8 0100007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0',
      '   2: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0',
    ].join('\n');
    expect(listeningInodes(table, 7080)).toEqual(['4711']);
    expect(listeningInodes(table, 80)).toEqual(['4713']);
    expect(listeningInodes(table, 81)).toEqual([]);
  });

  it('says who has a taken port and how to move ours', async () => {
    const port = await freePort();
    await requirePortFree(port, '127.0.0.1', 'the APIs', 'PIERHEAD_API_PORT');
    const server = createServer();
    await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
    try {
      expect(portOwner(port)?.pid).toBe(process.pid);
      await expect(requirePortFree(port, '127.0.0.1', 'the APIs', 'PIERHEAD_API_PORT')).rejects.toThrow(
        new RegExp(`^Port ${port} \\(the APIs\\) is taken by pid ${process.pid} .*PIERHEAD_API_PORT=`),
      );
    } finally {
      server.close();
    }
  });
});
