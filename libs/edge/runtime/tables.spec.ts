import { facts, listedCertificates, mapEntries, serverSlots, sessionCounts, workers } from './tables.js';

describe('what the load balancer tells', () => {
  it('of its servers', () => {
    const text = [
      '1',
      '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight',
      '5 r_1 1 s1 127.0.0.1 2 0 100 100 21 6 3 4 6 0 0 0 - 9101 - 0 0 - - 0',
      '5 r_1 2 s2 127.0.0.1 0 4 50 1 0 1 0 2 6 0 0 0 - 9102 - 0 0 - - 0',
      '5 r_1 3 s3 0.0.0.0 0 5 1 1 25 1 0 0 14 0 0 0 - 1 - 0 0 - - 0',
      '',
    ].join('\n');
    expect(serverSlots(text).get('r_1')).toEqual([
      { name: 's1', address: '127.0.0.1', port: 9101, weight: 100, maintenance: false, up: true },
      { name: 's2', address: '127.0.0.1', port: 9102, weight: 50, maintenance: false, up: false },
      { name: 's3', address: '0.0.0.0', port: 1, weight: 1, maintenance: true, up: false },
    ]);
  });

  it('of sessions under way', () => {
    const text = '# pxname,svname,qcur,qmax,scur,smax\nr_1,s1,0,0,3,4\nr_1,s2,0,0,0,4\n\n';
    expect([...sessionCounts(text)]).toEqual([
      ['r_1/s1', 3],
      ['r_1/s2', 0],
    ]);
    expect(sessionCounts('').size).toBe(0);
  });

  it('of its processes, the newest worker first', () => {
    const text = [
      '#<PID>          <type>          <reloads>       <uptime>        <version>      ',
      '10              master          2 [failed: 0]   0d00h00m01s     2.6.12-1+deb12u4',
      '# workers',
      '14              worker          0               0d00h00m01s     2.6.12-1+deb12u4',
      '# old workers',
      '12              worker          2               0d00h00m09s     2.6.12-1+deb12u4',
      '13              worker          1               0d00h00m05s     2.6.12-1+deb12u4',
      '# programs',
    ].join('\n');
    expect(workers(text)).toEqual([
      { pid: 14, reloads: 0 },
      { pid: 13, reloads: 1 },
      { pid: 12, reloads: 2 },
    ]);
  });

  it('of itself, of its maps and of its certificates', () => {
    expect(facts('Name: HAProxy\nPid: 3\ndescription: abc\n').get('description')).toBe('abc');
    expect([...mapEntries('0x55 a.example/ r_1\n0x56 b.example/ r_2\n\n')]).toEqual([
      ['a.example/', 'r_1'],
      ['b.example/', 'r_2'],
    ]);
    expect(
      listedCertificates('# /e/https.list\n/e/a.pem:1 a.example\n/e/b.pem:2 [alpn h2 ] *.b.example\n/e/c.pem:3\n'),
    ).toEqual([
      { file: '/e/a.pem', number: 1, serverName: 'a.example' },
      { file: '/e/b.pem', number: 2, serverName: '*.b.example' },
      { file: '/e/c.pem', number: 3, serverName: null },
    ]);
  });
});
