import { readEventQuery, readExecQuery, readLogQuery } from './stream-query.translate.js';

describe('queries of streams', () => {
  it('of logs have the documented defaults', () => {
    expect(readLogQuery({})).toEqual({ tail: 300, follow: true });
    expect(readLogQuery({ tail: 'all', follow: 'false' })).toEqual({ tail: null, follow: false });
    expect(readLogQuery({ tail: '0', follow: 'True' })).toEqual({ tail: 0, follow: true });
    expect(() => readLogQuery({ tail: '-3' })).toThrow(/^tail: /);
    expect(() => readLogQuery({ follow: 'maybe' })).toThrow(/^follow: /);
  });

  it('of exec run a shell unless told otherwise', () => {
    expect(readExecQuery({})).toEqual({ command: ['sh'], tty: true, size: null });
    expect(readExecQuery({ command: `ls -l 'a b'`, tty: 'false', columns: '80', rows: '24' })).toEqual({
      command: ['ls', '-l', 'a b'],
      tty: false,
      size: { columns: 80, rows: 24 },
    });
  });

  it('of events choose types, and refuse those there are not', () => {
    expect(readEventQuery({ type: 'stack,Service' }).types).toEqual(['stack', 'service']);
    expect(readEventQuery({}).types).toHaveLength(6);
    expect(() => readEventQuery({ type: 'volume' })).toThrow(/^type: /);
    expect(() => readEventQuery({ object: 'web' })).toThrow(/^object: /);
  });
});
