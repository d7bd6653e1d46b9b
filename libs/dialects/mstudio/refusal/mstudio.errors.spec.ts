import { errorCodes } from '#libs/domain/error.js';
import { errorBody } from '../wire/error.wire.js';
import { answerOf, MstudioErrors } from './mstudio.errors.js';
import { wirePath } from './wire-words.js';

describe('refusals of the mStudio API', () => {
  const errors = new MstudioErrors();

  it.each(errorCodes)('answer %s with a type and a sentence', (code) => {
    const answer = errors.answer({ code, message: 'It cannot be.', detail: {}, incidentId: null });
    expect(answer.status).toBe(answerOf[code][0]);
    expect(errorBody.parse(answer.body)).toMatchObject({ type: answerOf[code][1], message: 'It cannot be.' });
  });

  it('name the wrong fields as the client reaches them', () => {
    const answer = errors.answer({
      code: 'invalid',
      message: 'template.image: This is not an image reference.',
      detail: {
        field: 'services.web.template.image',
        fields: [{ field: 'services.web.template.image', message: 'template.image: This is not an image reference.' }],
      },
      incidentId: null,
    });
    expect(answer.body).toEqual({
      type: 'ValidationError',
      message: 'image: This is not an image reference.',
      validationErrors: [
        { type: 'invalid', path: '.services.web.image', message: 'image: This is not an image reference.' },
      ],
    });
  });

  it('say how many calls are left', () => {
    const detail = { retryAfterSeconds: 7, limitPerMinute: 60 };
    const used = errors.answer({ code: 'rate-limited', message: 'Slow down.', detail, incidentId: null });
    expect(used).toMatchObject({
      status: 429,
      headers: { 'x-ratelimit-limit': '60', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '7' },
      body: { type: 'RateLimitError' },
    });
    const absent = { code: 'not-found', message: 'No.', detail: {}, incidentId: null } as const;
    expect(errors.answer(absent, { limit: 60, remaining: 12, resetSeconds: 3 }).headers).toEqual({
      'x-ratelimit-limit': '60',
      'x-ratelimit-remaining': '12',
      'x-ratelimit-reset': '3',
    });
    expect(errors.answer(absent).headers).toEqual({});
  });

  it.each([
    ['', ''],
    ['services.web.template.ports.2.containerPort', '.services.web.ports[2]'],
    ['services.my-db.template.mounts.0.target', '.services["my-db"].volumes[0]'],
    ['services.web.template.resources.memoryBytes', '.services.web.deploy.resources.limits.memory'],
    ['services.web.template.environment.3.name', '.services.web.environment'],
  ])('%s is %s', (field, path) => expect(wirePath(field)).toBe(path));
});
