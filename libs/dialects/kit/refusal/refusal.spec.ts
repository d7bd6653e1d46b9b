import { NotFoundException } from '@nestjs/common';
import { DomainError, errorCodes } from '#libs/domain/error.js';
import { refusalHeaders } from './dialect-errors.js';
import { refusalFrom } from './refusal.js';

const logged: unknown[] = [];
const log = { error: (line: unknown) => void logged.push(line) } as unknown as Parameters<typeof refusalFrom>[1];
beforeEach(() => (logged.length = 0));

const failure = (fields: Record<string, unknown>) => Object.assign(new Error('not to be shown'), fields);

describe('what was thrown', () => {
  it('is passed on when it is the core’s own refusal', () => {
    for (const code of errorCodes.filter((each) => each !== 'internal')) {
      const refusal = refusalFrom(new DomainError(code, 'A sentence.', { field: 'x' }), log);
      expect(refusal).toEqual({ code, message: 'A sentence.', detail: { field: 'x' }, incidentId: null });
    }
    expect(logged).toEqual([]);
  });

  it.each([
    [failure({ code: 'FST_ERR_CTP_BODY_TOO_LARGE', statusCode: 413 }), 'too-large'],
    [failure({ code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE', statusCode: 415 }), 'unsupported-media'],
    [failure({ code: 'FST_ERR_CTP_INVALID_JSON_BODY', statusCode: 400 }), 'invalid'],
    [failure({ name: 'SyntaxError', statusCode: 400 }), 'invalid'],
    [new NotFoundException('Cannot GET /x'), 'not-found'],
  ])('is a refusal when the server gave it: %p', (error, code) => {
    const refusal = refusalFrom(error, log);
    expect(refusal.code).toBe(code);
    expect(refusal.message).not.toContain('not to be shown');
    expect(logged).toEqual([]);
  });

  it.each([
    failure({ code: '42P01' }),
    failure({ statusCode: 500 }),
    new DomainError('internal', 'not to be shown'),
    'not to be shown',
  ])('is an incident otherwise: %p', (error) => {
    const refusal = refusalFrom(error, log, { id: 'request' });
    expect(refusal.code).toBe('internal');
    expect(refusal.message).toContain(refusal.incidentId ?? 'no incident');
    expect(refusal.message).not.toContain('not to be shown');
    expect(logged).toEqual([expect.objectContaining({ incidentId: refusal.incidentId, requestId: 'request' })]);
  });
});

it('says with what to come, and when to come again', () => {
  const refusal = { code: 'unauthenticated', message: '', detail: {}, incidentId: null } as const;
  expect(refusalHeaders(refusal)).toEqual({ 'www-authenticate': 'Basic realm="pierhead", charset="UTF-8"' });
  expect(refusalHeaders({ ...refusal, code: 'rate-limited', detail: { retryAfterSeconds: 1.2 } })).toEqual({
    'retry-after': '2',
  });
});
