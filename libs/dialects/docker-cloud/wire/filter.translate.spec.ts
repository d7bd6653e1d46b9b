import { Filters } from './filter.translate.js';

const id = '7fe7ec85-58be-4904-81da-de2219098d7c';

describe('filters', () => {
  it('refuse what no filter is, naming it', () => {
    const filters = new Filters({ nmae: 'web', limit: '5', offset: '0', format: 'json' });
    filters.text('name');
    expect(() => filters.done()).toThrow('nmae: this list has no such filter; it has name.');
  });

  it('let an empty parameter be', () => {
    const filters = new Filters({ name: '', '': '' });
    expect(filters.text('name')).toBeUndefined();
    expect(() => filters.done()).not.toThrow();
  });

  it('find nothing by what cannot be an id', () => {
    expect(new Filters({ uuid: 'web' }).identity()).toEqual({ ids: [] });
    expect(new Filters({ uuid__startswith: 'web' }).identity()).toEqual({ ids: [] });
    expect(new Filters({ uuid__startswith: '%' }).identity()).toEqual({ ids: [] });
    expect(new Filters({ uuid__startswith: '7FE7' }).identity()).toEqual({ idPrefix: '7fe7' });
    expect(new Filters({ uuid: id.toUpperCase() }).identity()).toEqual({ ids: [id] });
  });

  it('know states whatever their capitals, and no others', () => {
    expect(new Filters({ state: 'partly RUNNING' }).oneOf('state', ['Running', 'Partly running'])).toBe(
      'Partly running',
    );
    expect(() => new Filters({ state: 'Ruining' }).oneOf('state', ['Running'])).toThrow(/not one of Running/);
  });

  it('take addresses of their kind only', () => {
    expect(new Filters({ service: `/api/app/v1/service/${id}/` }).reference('service', 'service')).toBe(id);
    expect(() => new Filters({ service: `/api/app/v1/stack/${id}/` }).reference('service', 'service')).toThrow(
      /address of a service/,
    );
  });
});
