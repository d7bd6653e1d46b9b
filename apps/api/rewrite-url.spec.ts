import { rewriteUrl } from './rewrite-url.js';

describe('rewriteUrl', () => {
  it('joins doubled slashes of the path and leaves the query alone', () => {
    expect(rewriteUrl('/api/app/v1//service/1//logs/?next=a//b')).toBe('/api/app/v1/service/1/logs/?next=a//b');
    expect(rewriteUrl('/')).toBe('/');
  });
});
