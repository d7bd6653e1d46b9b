import { automaticTags, ownTags } from './automatic-tags.js';

describe('tags that nobody gave', () => {
  it('are the name of the cluster, where the host comes from and its region', () => {
    expect(automaticTags('racks', { region: 'fra' })).toEqual(['racks', 'pool', 'byon=false', 'fra']);
    expect(automaticTags(null, null)).toEqual(['byon', 'byon=true']);
  });

  it('do not become own ones when they come back, unless they were already', () => {
    expect(ownTags(['ssd', 'rack', 'byon'], [], ['rack', 'byon'])).toEqual(['ssd']);
    expect(ownTags(['ssd', 'rack'], ['rack'], ['rack'])).toEqual(['ssd', 'rack']);
  });
});
