import { callAddress, readTriggerCall, readTriggerCreation, toTrigger } from './trigger.translate.js';
import { triggerCreateWire } from './trigger.wire.js';

const at = new Date('2026-11-20T23:06:01Z');
const trigger = {
  id: '0224815a-c156-44e4-92d7-997c69354438',
  organizationId: 'o',
  projectId: 'p',
  serviceId: '82d4a246-52d8-468d-903d-9da9ef05ff28',
  name: 'hook',
  operation: 'redeploy' as const,
  secretHash: Buffer.alloc(32),
  lastCalledAt: at,
  calls: 1,
  createdAt: at,
};
const below = '/api/app/v1/harbor/service/82d4a246-52d8-468d-903d-9da9ef05ff28/trigger/';

describe('triggers', () => {
  it('are shown with the secret once, then with the id in its place', () => {
    expect(toTrigger(trigger, 'harbor')).toEqual({
      last_called_datetime: 'Fri, 20 Nov 2026 23:06:01 +0000',
      name: 'hook',
      operation: 'REDEPLOY',
      resource_uri: `${below}${trigger.id}/`,
      url: `${below}${trigger.id}/call/`,
      uuid: trigger.id,
    });
    expect(toTrigger(trigger, 'harbor', 'ph_t_x').url).toBe(`${below}ph_t_x/call/`);
    expect(callAddress(trigger, 'harbor')).not.toContain('ph_t_');
  });

  it('redeploy unless they say otherwise', () => {
    const read = (body: unknown) => readTriggerCreation(triggerCreateWire.parse(body));
    expect(read({})).toEqual({ name: null, operation: 'redeploy' });
    expect(read({ name: 'n', operation: 'scaleup' })).toEqual({ name: 'n', operation: 'scale-up' });
    expect(triggerCreateWire.safeParse({ operation: 'STOP' }).success).toBe(false);
    expect(triggerCreateWire.safeParse({ nmae: 'n' }).success).toBe(false);
  });
});

describe('the call of a trigger', () => {
  it('hands its body on as it was sent', () => {
    const text = '{ "a" :1e400, "b":"ü" }\n';
    expect(readTriggerCall(undefined, Buffer.from(text))).toEqual({
      count: 1,
      environment: [{ name: 'DOCKERCLOUD_TRIGGER_BODY', value: text }],
    });
    expect(readTriggerCall('3', undefined)).toEqual({ count: 3, environment: [] });
    expect(readTriggerCall('3', Buffer.alloc(0)).environment).toEqual([]);
  });

  it.each([Buffer.from('a\0b'), Buffer.from([0xff, 0xfe])])('takes text only: %p', (body) => {
    expect(() => readTriggerCall(undefined, body)).toThrow(/^body: /);
  });

  it.each(['0', '-1', '101', '1000', 'many', ''])('adds from 1 to 100 containers, not %p', (count) => {
    expect(() => readTriggerCall(count, undefined)).toThrow(/^count: /);
  });
});
