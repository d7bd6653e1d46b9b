import { readPage, writePage } from './page.translate.js';

describe('pages', () => {
  it.each([
    [{}, { limit: 25, offset: 0 }],
    [
      { limit: '10', offset: '30' },
      { limit: 10, offset: 30 },
    ],
    [{ limit: '0' }, { limit: 100, offset: 0 }],
    [{ limit: '5000' }, { limit: 100, offset: 0 }],
  ])('are read from %j', (query, expected) => expect(readPage(query)).toEqual(expected));

  it.each([{ limit: '-1' }, { limit: 'ten' }, { offset: '1.5' }, { limit: ['1', '2'] }])('refuse %j', (query) => {
    expect(() => readPage(query)).toThrow(/whole number/);
  });

  it('lead on and back with their filters', () => {
    const page = writePage([1], 60, { limit: 25, offset: 25 }, '/api/app/v1/harbor/service/', {
      name: 'a b',
      limit: '25',
    });
    expect(page.meta).toEqual({
      limit: 25,
      offset: 25,
      total_count: 60,
      next: '/api/app/v1/harbor/service/?name=a+b&limit=25&offset=50',
      previous: '/api/app/v1/harbor/service/?name=a+b&limit=25&offset=0',
    });
  });

  it('end with null', () => {
    const { meta } = writePage([], 25, { limit: 25, offset: 0 }, '/x/', {});
    expect([meta.next, meta.previous]).toEqual([null, null]);
  });
});
