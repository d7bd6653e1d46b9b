import { readFileSync } from 'node:fs';
import { operationRows, operations, undocumented } from './operations.js';
import { allowedAt, refusalAt } from './unserved.translate.js';

const id = '7fe7ec85-58be-4904-81da-de2219098d7c';

describe('the table of operations', () => {
  it('has all 66', () => expect(operations).toHaveLength(66));

  it('and that of what no document has are those in the documentation', () => {
    const page = readFileSync(new URL('../../../../docs/api/docker-cloud-operations.md', import.meta.url), 'utf8');
    const rows = page.split('\n').map(squeeze);
    for (const row of [...operationRows(), ...operationRows(undocumented)]) expect(rows).toContain(squeeze(row));
  });
});

const squeeze = (row: string): string => row.replace(/\s+/g, ' ').trim();

describe('calls that no controller takes', () => {
  it.each([
    ['DELETE', '/api/app/v1/service', 'method-not-allowed'],
    ['PUT', `/api/app/v1/harbor/service/${id}`, 'method-not-allowed'],
    ['GET', `/api/app/v1/service/${id}/logs`, 'invalid'],
    ['POST', `/api/infra/v1/harbor/node/${id}/docker-upgrade`, 'unsupported'],
    ['POST', `/api/infra/v1/nodecluster/${id}/docker-upgrade`, 'unsupported'],
    ['GET', '/api/infra/v1/harbor/token', 'method-not-allowed'],
    ['POST', '/api/infra/v1/provider', 'method-not-allowed'],
    ['DELETE', '/api/repo/v1/harbor/repository', 'method-not-allowed'],
    ['PUT', '/api/repo/v1/harbor/repository/r.example%2Fa', 'method-not-allowed'],
    ['GET', '/api/app/v1/servce', 'not-found'],
    ['GET', '/api/app/v1/service/short', 'not-found'],
  ])('%s %s is %s', (method, path, code) => expect(refusalAt(method, path).code).toBe(code));

  it('name the methods there are', () => {
    expect(allowedAt('/api/app/v1/harbor/service')).toEqual(['GET', 'POST']);
    expect(allowedAt(`/api/app/v1/service/${id}`)).toEqual(['GET', 'PATCH', 'DELETE']);
    expect(allowedAt('/api/app/v1/nothing')).toEqual([]);
  });
});
