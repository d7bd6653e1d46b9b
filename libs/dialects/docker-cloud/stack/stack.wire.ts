import { z } from 'zod';
import { ignored } from '../service/service.wire.js';
import { stackServiceWire } from './stack-file.wire.js';

/** A list, or an object by service name as the export gives it. */
const services = z.preprocess(
  (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value).map(([name, service]) =>
          typeof service === 'object' && service !== null ? { name, ...service } : service,
        )
      : value,
  z.array(stackServiceWire).max(200),
);

const readOnly = ignored([
  'actions',
  'deployed_datetime',
  'destroyed_datetime',
  'dockercloud_action_uri',
  'resource_uri',
  'state',
  'synchronized',
  'uuid',
]);

const nickname = z.string().max(128).nullish();

export const stackCreateWire = z.strictObject({
  ...readOnly,
  name: z.string().min(1).max(63),
  nickname,
  services: services.nullish(),
});
export type StackCreation = z.output<typeof stackCreateWire>;

/** The name cannot be changed; it is taken when it is the stack's own. */
export const stackUpdateWire = z.strictObject({
  ...readOnly,
  name: z.string().max(63).nullish(),
  nickname,
  services: services.nullish(),
});
export type StackChanges = z.output<typeof stackUpdateWire>;
