import { z } from 'zod';
import { invalidFields } from './schema.pipe.js';

it('names every wrong field and makes a sentence of the first', () => {
  const schema = z.strictObject({ name: z.string(), ports: z.array(z.object({ port: z.number() })) });
  const { error } = schema.safeParse({ name: 1, ports: [{ port: 'x' }], more: 1 });
  const refusal = invalidFields(error?.issues ?? []);
  expect(refusal.code).toBe('invalid');
  expect(refusal.detail.field).toBe('name');
  expect(refusal.detail.fields?.map((each) => each.field)).toEqual(['name', 'ports.0.port', '']);
  expect(refusal.message).toMatch(/^name: .*\.$/);
});
