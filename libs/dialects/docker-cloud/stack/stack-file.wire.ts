import { z } from 'zod';
import { ignored, imageWire, readOnlyAttributes, writableAttributes } from '../service/service.wire.js';

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const lines = z.preprocess(
  (value) => (Array.isArray(value) ? value : [value]).map((item) => (typeof item === 'number' ? String(item) : item)),
  z.array(z.string().max(8_192)).max(512),
);

/** Keys that only stack files have; command lines send a file's services with them as they stand. */
const stackFileKeys = {
  command: z.union([z.string().max(65_536), z.array(z.string().max(8_192)).max(1_024)]).nullish(),
  environment: z.union([z.record(z.string(), scalar), z.array(scalar)]).nullish(),
  expose: lines.nullish(),
  links: lines.nullish(),
  ports: lines.nullish(),
  restart: z.union([z.string(), z.boolean()]).nullish(),
  volumes: lines.nullish(),
  volumes_from: lines.nullish(),
  mem_limit: z.union([z.string(), z.number()]).nullish(),
  memswap_limit: z.union([z.string(), z.number()]).nullish(),
};

/** A service of a stack: the attributes of a service, the keys of a stack file, or some of both. */
export const stackServiceWire = z.strictObject({
  ...writableAttributes,
  ...ignored(readOnlyAttributes),
  ...stackFileKeys,
  name: z.string().min(1).max(63),
  image: imageWire,
});
export type StackServiceWire = z.output<typeof stackServiceWire>;
