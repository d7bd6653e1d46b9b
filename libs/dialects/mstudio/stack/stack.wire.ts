import { z } from 'zod';
import { serviceAnswer, serviceDeclarationWire, serviceWire } from '../service/service.wire.js';
import { volumeAnswer } from '../volume/volume.wire.js';
import { pageQuery } from '../wire/page.wire.js';

const volumeWire = z.object({ name: z.string().optional() });
const schedule = z.object({ cron: z.string(), timezone: z.string().optional() });

export const stackDeclarationWire = z.object({
  services: z.record(z.string(), serviceDeclarationWire).default({}),
  volumes: z.record(z.string(), volumeWire.extend({ name: z.string() })).default({}),
});
export type StackDeclarationWire = z.output<typeof stackDeclarationWire>;

export const stackUpdateWire = z.object({
  description: z.string().min(1).max(128).optional(),
  services: z.record(z.string(), serviceWire).default({}),
  volumes: z.record(z.string(), volumeWire).default({}),
  updateSchedule: schedule.nullable().optional(),
});
export type StackUpdateWire = z.output<typeof stackUpdateWire>;

export const newStackWire = z.object({
  description: z.string().min(1).max(128),
  templateConfig: z.object({ templateId: z.string() }).optional(),
});
export type NewStackWire = z.output<typeof newStackWire>;

export const updateQuery = z.object({ recreate: z.enum(['true', 'false']).default('false') });
export type UpdateQuery = z.output<typeof updateQuery>;

export const stackListQuery = pageQuery.extend({ searchTerm: z.string().optional() });
export type StackListQuery = z.output<typeof stackListQuery>;

export const stackAnswer = z.strictObject({
  id: z.uuid(),
  projectId: z.uuid(),
  description: z.string(),
  disabled: z.boolean(),
  /** Service names are as declared: nothing is put before them. */
  prefix: z.string(),
  services: z.array(serviceAnswer),
  volumes: z.array(volumeAnswer),
});
export type StackAnswer = z.infer<typeof stackAnswer>;
