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

  it.each([
    ['', ''],
    ['services.web.template.ports.2.containerPort', '.services.web.ports[2]'],
    ['services.my-db.template.mounts.0.target', '.services["my-db"].volumes[0]'],
    ['services.web.template.resources.memoryBytes', '.services.web.deploy.resources.limits.memory'],
    ['services.web.template.environment.3.name', '.services.web.environment'],
  ])('%s is %s', (field, path) => expect(wirePath(field)).toBe(path));
});
