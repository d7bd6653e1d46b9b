import { takeTriggerBodies } from './trigger-body.js';

type Hook = (request: { url: string; headers: Record<string, string> }, reply: unknown, done: () => void) => void;

describe('bodies of calls of triggers', () => {
  let hook: Hook;
  const limits: number[] = [];
  takeTriggerBodies({
    addHook: (_name, given) => void (hook = given as Hook),
    addContentTypeParser: (_type, { bodyLimit }) => limits.push(bodyLimit),
  });
  const typeOf = (url: string, headers: Record<string, string> = { 'content-length': '3', 'content-type': 'a/b' }) => {
    let done = false;
    hook({ url, headers }, null, () => (done = true));
    expect(done).toBe(true);
    return headers['content-type'];
  };

  it('are at most 8 KiB', () => expect(limits).toEqual([8192]));

  it.each([
    '/api/app/v1/service/s/trigger/t/call',
    '/api/app/v1/harbor/service/s/trigger/t/call',
    '/api/app/v1/service/s/trigger/t/call/3?x=1',
  ])('are taken as they are: %s', (url) => {
    expect(typeOf(url)).toBe('application/x-pierhead-opaque');
    expect(typeOf(url, { 'transfer-encoding': 'chunked' })).toBe('application/x-pierhead-opaque');
    expect(typeOf(url, {})).toBeUndefined();
  });

  it.each(['/api/app/v1/service/s/trigger', '/api/app/v1/service/s/trigger/t', '/api/app/v1/service/call'])(
    'leave others alone: %s',
    (url) => expect(typeOf(url)).toBe('a/b'),
  );
});
