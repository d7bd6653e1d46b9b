import type { DomainEvent } from '#libs/domain/event/event.js';
import { toEvent } from './event.translate.js';
import { readEventQuery } from './stream-query.translate.js';

const stack = '46aca402-2109-4a70-a378-760cfed43816';
const service = '09cbcf8d-a727-40d9-b420-c8e18b7fa55b';
const event: DomainEvent = {
  id: '12-7',
  organizationId: 'o',
  projectId: 'p',
  type: 'service',
  verb: 'update',
  resourceId: service,
  state: 'partly-running',
  parents: [{ type: 'stack', id: stack }],
  at: new Date('2016-02-01T16:47:28.5Z'),
};

describe('events', () => {
  it('are shown with addresses and the names of states', () => {
    expect(toEvent(event, 'harbor', readEventQuery({}))).toEqual({
      type: 'service',
      action: 'update',
      parents: [`/api/app/v1/harbor/stack/${stack}/`],
      resource_uri: `/api/app/v1/harbor/service/${service}/`,
      state: 'Partly running',
      uuid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      datetime: '2016-02-01T16:47:28Z',
    });
  });

  it('are chosen by type, object and parent', () => {
    const uri = (resource: string, id: string) => `/api/app/v1/harbor/${resource}/${id}/`;
    expect(toEvent(event, 'harbor', readEventQuery({ type: 'stack' }))).toBeNull();
    expect(toEvent(event, 'harbor', readEventQuery({ object: uri('service', stack) }))).toBeNull();
    expect(toEvent(event, 'harbor', readEventQuery({ parent: uri('stack', service) }))).toBeNull();
    expect(toEvent(event, 'harbor', readEventQuery({ parent: uri('stack', stack), type: 'service' }))).not.toBeNull();
    // The Go client's word, with several addresses in one text.
    const parents = [uri('stack', service), uri('stack', stack)].join(',');
    expect(toEvent(event, 'harbor', readEventQuery({ parents }))).not.toBeNull();
    expect(toEvent(event, 'harbor', readEventQuery({ parents: uri('stack', service) }))).toBeNull();
  });

  it('of what the API has no word for are not sent', () => {
    expect(toEvent({ ...event, type: 'volume' }, 'harbor', readEventQuery({}))).toBeNull();
  });
});
