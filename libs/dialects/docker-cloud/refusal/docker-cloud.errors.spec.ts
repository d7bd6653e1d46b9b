import { DomainError, errorCodes } from '#libs/domain/error.js';
import { DockerCloudErrors, statusOf } from './docker-cloud.errors.js';
import { inWireWords } from './wire-words.js';

describe('refusals of the Docker Cloud API', () => {
  const errors = new DockerCloudErrors();

  it.each(errorCodes)('answer %s with a sentence and a status', (code) => {
    const answer = errors.answer({ code, message: 'It cannot be.', detail: {}, incidentId: null });
    expect(answer).toEqual({ status: statusOf[code], body: { error: 'It cannot be.' } });
    expect(answer.status).toBeGreaterThanOrEqual(400);
  });

  it('use the documented statuses', () => {
    expect(statusOf).toMatchObject({
      quota: 403,
      state: 409,
      conflict: 409,
      'unsupported-media': 415,
      unavailable: 503,
      timeout: 504,
    });
  });

  it('speak of fields as the client knows them', () => {
    const { message } = new DomainError('invalid', 'template.ports.0.hostPort: Too big. links.2.service: no.');
    expect(inWireWords(message)).toBe('container_ports.0.outer_port: Too big. linked_to_service.2.to_service: no.');
  });
});
