import { rewriteDockerCloudUrl } from './docker-cloud.url.js';

describe('addresses before routing', () => {
  it.each([
    ['/api/app/v1/service/', '/api/app/v1/service'],
    ['/api/app/v1/service', '/api/app/v1/service'],
    ['/api/app/v1//service//x/logs/?tail=3', '/api/app/v1/service/x/logs?tail=3'],
    ['//api/audit/v1/events', '/api/audit/v1/events'],
    ['/auth/', '/auth'],
    ['/api/v1/organizations/', '/api/v1/organizations/'],
    ['/images/a//b/json', '/images/a//b/json'],
    ['/authors/', '/authors/'],
    ['/api/app/v1/service/?name=a//b/', '/api/app/v1/service?name=a//b/'],
  ])('%s becomes %s', (url, expected) => expect(rewriteDockerCloudUrl(url)).toBe(expected));
});
