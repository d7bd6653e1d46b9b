import { matches, pageQuery, writePage } from './page.wire.js';

const rows = Array.from({ length: 25 }, (_, i) => i);

function page(query: Record<string, string>) {
  const headers: Record<string, string> = {};
  const shown = writePage({ header: (name, value) => (headers[name] = value) }, rows, pageQuery.parse(query));
  return { shown, headers };
}

describe('pages', () => {
  it.each([
    [{}, 0, 25, '1'],
    [{ limit: '10' }, 0, 10, '1'],
    [{ limit: '10', page: '3' }, 20, 5, '3'],
    [{ limit: '10', page: '3', skip: '10' }, 10, 10, '2'],
    [{ limit: '10', skip: '100' }, 100, 0, '11'],
    [{ limit: '0' }, 0, 0, '1'],
    [{ page: '0' }, 0, 25, '1'],
  ])('%j', (query, skip, length, number) => {
    const { shown, headers } = page(query as Record<string, string>);
    expect(shown).toEqual(rows.slice(skip, skip + length));
    expect(headers).toMatchObject({
      'x-pagination-skip': String(skip),
      'x-pagination-page': number,
      'x-pagination-totalcount': '25',
    });
  });

  it.each(['-1', 'x', '1.5'])('refuse limit=%s', (limit) => expect(pageQuery.safeParse({ limit }).success).toBe(false));

  it('search without regard to case', () => {
    expect([matches(undefined, 'a'), matches('B', 'abc'), matches('d', 'abc')]).toEqual([true, true, false]);
  });
});
