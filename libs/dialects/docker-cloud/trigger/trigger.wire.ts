import { z } from 'zod';
import { ignored } from '../service/service.wire.js';

export const triggerCreateWire = z.strictObject({
  ...ignored(['dockercloud_action_uri', 'last_called_datetime', 'resource_uri', 'url', 'uuid']),
  name: z.string().max(64).nullish(),
  operation: z
    .preprocess((value) => (typeof value === 'string' ? value.toUpperCase() : value), z.enum(['REDEPLOY', 'SCALEUP']))
    .nullish(),
});
export type TriggerCreation = z.output<typeof triggerCreateWire>;
