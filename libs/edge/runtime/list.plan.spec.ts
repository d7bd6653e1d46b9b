import { planList, planMap } from './list.plan.js';

describe('changes of maps and lists at run time', () => {
  it('set what changes and never delete a key that stays', () => {
    const running = new Map([
      ['a/', 'r_1'],
      ['b/', 'r_2'],
      ['c/', 'r_3'],
    ]);
    const wanted = new Map([
      ['a/', 'r_1'],
      ['b/', 'r_9'],
      ['d/', 'r_4'],
    ]);
    expect(planMap('/m', running, wanted)).toEqual(['set map /m b/ r_9', 'add map /m d/ r_4', 'del map /m c/']);
    expect(planMap('/m', wanted, wanted)).toEqual([]);
  });

  it('list the new certificate of a name before the old one goes', () => {
    const running = [
      { file: '/a.pem', serverName: 'a.example', number: 1 },
      { file: '/b.pem', serverName: null, number: 2 },
    ];
    expect(planList('/l', running, [{ file: '/c.pem', serverName: 'a.example' }])).toEqual([
      'add ssl crt-list /l <<\n/c.pem a.example\n',
      'del ssl crt-list /l /b.pem:2',
      'del ssl crt-list /l /a.pem:1',
    ]);
    expect(planList('/l', running, running)).toEqual([]);
  });
});
