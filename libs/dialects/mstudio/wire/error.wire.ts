import { z } from 'zod';

const sentence = { type: z.string(), message: z.string() };

/** What every refusal answers; `validationErrors` with `ValidationError` only. */
export const errorBody = z.union([
  z.strictObject({
    type: z.literal('ValidationError'),
    message: z.string(),
    validationErrors: z.array(z.strictObject({ ...sentence, path: z.string() })),
  }),
  z.strictObject(sentence),
]);
