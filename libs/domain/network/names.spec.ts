import { namesOf } from './names.js';

describe('names of a container in its project', () => {
  it.each([
    [
      'a service without a stack',
      { name: 'web-2', serviceName: 'web', stackName: null, ordinal: 2 },
      [],
      ['web', 'web-2'],
    ],
    [
      'a service of a stack',
      { name: 'web-2', serviceName: 'web', stackName: 'shop', ordinal: 2 },
      ['web', 'web-2'],
      ['web.shop', 'web-2.shop'],
    ],
    ['none', { name: 'tool', serviceName: null, stackName: null, ordinal: 1 }, [], ['tool']],
  ])('of %s', (_of, member, local, anywhere) => {
    expect(namesOf(member)).toEqual({ local, anywhere });
  });
});
