import { RuntimeError } from '#libs/runtime/runtime.error.js';
import { judge } from './refusal.js';

describe('what the engine refuses', () => {
  it.each(['image-not-found', 'unauthorized', 'invalid'] as const)('%s is refused at once', (code) => {
    expect(judge(new RuntimeError(code, 'No.'), 0)).toEqual({ refused: true, message: 'No.' });
  });

  it.each(['unavailable', 'timeout', 'aborted'] as const)('%s is tried for as long as it takes', (code) => {
    expect(judge(new RuntimeError(code, 'Silence.'), 1_000)).toEqual({ refused: false, delayMs: 5_000 });
  });

  it('a taken address is tried for as long as it takes, twice a second', () => {
    expect(judge(new RuntimeError('address-taken', 'It is in use.'), 1_000)).toEqual({ refused: false, delayMs: 500 });
  });

  it.each(['conflict', 'registry-unavailable', 'engine', 'not-found'] as const)('%s is tried three times', (code) => {
    const verdicts = [0, 1, 2].map((attempts) => judge(new RuntimeError(code, 'It is in use.'), attempts));
    expect(verdicts).toEqual([
      { refused: false, delayMs: 100 },
      { refused: false, delayMs: 200 },
      { refused: true, message: 'It is in use.' },
    ]);
  });

  it('keeps what nobody expected out of the tenant’s sight', () => {
    expect(judge(new Error('undefined is not a function'), 9)).toEqual({
      refused: true,
      message: 'The node’s agent could not start it.',
    });
  });
});
