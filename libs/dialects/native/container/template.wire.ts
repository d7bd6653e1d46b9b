import { z } from 'zod';
import { containerTemplate } from '#libs/domain/container/template.js';
import { restartPolicy } from '#libs/domain/service/spec.js';

/** Taken as the core defines it: the core checks it field by field. */
export const newContainerBody = z.strictObject({
  name: z.string().min(1).max(63),
  template: containerTemplate,
  restart: restartPolicy.partial().optional(),
});
