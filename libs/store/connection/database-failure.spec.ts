import { DomainError } from '#libs/domain/error.js';
import { asRefusal, mayRunAgain } from './database-failure.js';

const failure = (code: string, message = 'no') => Object.assign(new Error(message), { code });

describe('database failures', () => {
  it('lets lost races run again and nothing else', () => {
    expect(mayRunAgain(failure('40001'))).toBe(true);
    expect(mayRunAgain(failure('40P01'))).toBe(true);
    for (const other of [failure('23505'), failure('57P01'), new Error('no'), 'no', null]) {
      expect(mayRunAgain(other)).toBe(false);
    }
  });

  it.each(['57P01', '57P03', '08006', '53300', 'ECONNREFUSED', 'EPIPE', '40001'])('%s is unavailable', (code) => {
    expect(asRefusal(failure(code))).toMatchObject({ code: 'unavailable', detail: { retryAfterSeconds: 1 } });
  });

  it.each(['Connection terminated unexpectedly', 'timeout exceeded when trying to connect'])(
    '"%s" is unavailable',
    (message) => {
      expect(asRefusal(new Error(message))).toMatchObject({ code: 'unavailable' });
    },
  );

  it('says timeout when a statement ran too long', () => {
    expect(asRefusal(failure('57014'))).toMatchObject({ code: 'timeout' });
  });

  it.each(['22021', '22P05'])('%s is text that the client may not send', (code) => {
    expect(asRefusal(failure(code))).toMatchObject({ code: 'invalid' });
  });

  it('leaves refusals and defects as they are', () => {
    const refusal = new DomainError('conflict', 'Taken.');
    const defect = failure('42601', 'syntax error');
    expect(asRefusal(refusal)).toBe(refusal);
    expect(asRefusal(defect)).toBe(defect);
  });

  it('never repeats what the database said', () => {
    const refusal = asRefusal(failure('57P01', 'password=secret')) as DomainError;
    expect(refusal.message).not.toContain('secret');
  });
});
