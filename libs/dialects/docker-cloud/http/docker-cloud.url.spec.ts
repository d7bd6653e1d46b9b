import { rewriteDockerCloudUrl } from './docker-cloud.url.js';

describe('addresses before routing', () => {
  it.each([
    ['/api/app/v1/service/', '/api/app/v1/service'],
    ['/api/app/v1/service', '/api/app/v1/service'],
    ['/api/app/v1//service//x/logs/?tail=3', '/api/app/v1/service/x/logs?tail=3'],
    ['//api/audit/v1/events', '/api/audit/v1/events'],
    ['/api/repo/v1/repository/', '/api/repo/v1/repository'],
    ['/api/repo/v1/harbor/repository', '/api/repo/v1/harbor/repository'],
    ['/api/repo/v1/repository/r.example:5000/a/b/?x=/', '/api/repo/v1/repository/r.example:5000%2Fa%2Fb?x=/'],
    ['/api/repo/v1/harbor/repository/r.example/a/', '/api/repo/v1/harbor/repository/r.example%2Fa'],
    ['/api/repo/v1/repository/repository/a', '/api/repo/v1/repository/repository%2Fa'],
    ['/api/repo/v1/repository/a/repository/b', '/api/repo/v1/repository/a%2Frepository%2Fb'],
    ['/api/repo/v1/registry/r.example/', '/api/repo/v1/registry/r.example'],
    ['/api/registry/', '/api/repo/v1/registry'],
    ['/api/registry/r.example/?x=1', '/api/repo/v1/registry/r.example?x=1'],
    ['//api//token/', '/api/infra/v1/token'],
    ['/api/tokens/', '/api/tokens/'],
    ['/auth/', '/auth'],
    ['/api/v1/organizations/', '/api/v1/organizations/'],
    ['/images/a//b/json', '/images/a//b/json'],
    ['/authors/', '/authors/'],
    ['/api/app/v1/service/?name=a//b/', '/api/app/v1/service?name=a//b/'],
  ])('%s becomes %s', (url, expected) => expect(rewriteDockerCloudUrl(url)).toBe(expected));
});
