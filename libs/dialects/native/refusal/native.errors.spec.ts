import { errorCodes } from '#libs/domain/error.js';
import { NativeErrors, statusOf } from './native.errors.js';

const errors = new NativeErrors();

it('has a status for every refusal', () => {
  expect(Object.keys(statusOf).sort()).toEqual([...errorCodes].sort());
  for (const status of Object.values(statusOf)) expect(status).toBeGreaterThanOrEqual(400);
});

it('shows what there is to show', () => {
  const fields = [{ field: 'name', message: 'Too long' }];
  const refusal = {
    code: 'invalid',
    message: 'name: Too long.',
    detail: { field: 'name', fields },
    incidentId: null,
  } as const;
  expect(errors.answer(refusal)).toEqual({
    status: 400,
    body: { error: { code: 'invalid', message: 'name: Too long.', field: 'name', fields } },
  });
  expect(errors.answer({ code: 'internal', message: 'm', detail: {}, incidentId: 'i' }).body).toEqual({
    error: { code: 'internal', message: 'm', incidentId: 'i' },
  });
});
