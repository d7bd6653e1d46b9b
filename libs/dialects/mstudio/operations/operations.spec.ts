import { readFileSync } from 'node:fs';
import { operationRows, operations } from './operations.js';
import { allowedAt, refusalAt } from './unserved.translate.js';

const id = '7fe7ec85-58be-4904-81da-de2219098d7c';
const squeeze = (row: string): string => row.replace(/\s+/g, ' ').trim();

describe('the table of operations', () => {
  it('says each once', () => {
    const names = operations.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it('is the one in the documentation', () => {
    const page = readFileSync(new URL('../../../../docs/api/mstudio-operations.md', import.meta.url), 'utf8');
    const rows = page.split('\n').map(squeeze);
    for (const row of operationRows()) expect(rows).toContain(squeeze(row));
  });
});

describe('calls that no controller takes', () => {
  it.each([
    ['POST', `/v2/stacks/${id}`, 'method-not-allowed', 'GET, PUT, PATCH, DELETE'],
    ['POST', '/v2/register', 'not-found', 'not done here: the operator makes users'],
    ['GET', '/v2/container-templates', 'not-found', 'not done here: there are no templates'],
    ['DELETE', '/v2/ingresses', 'method-not-allowed', 'GET, POST'],
    ['GET', '/v2/mail-addresses', 'not-found', 'No such address'],
  ])('%s %s', (method, path, code, sentence) => {
    const refusal = refusalAt(method, path);
    expect([refusal.code, refusal.message]).toEqual([code, expect.stringContaining(sentence)]);
  });

  it('name the methods that work', () => {
    expect(allowedAt('/v2/projects')).toEqual(['GET']);
    expect(allowedAt('/v2/register')).toEqual([]);
  });
});
