import { z } from 'zod';

export const imageQuery = z.object({
  imageReference: z.string().min(1),
  useCredentialsForProjectId: z.string().min(1).optional(),
  useCredentialsForRegistryId: z.uuid().optional(),
  generateAiData: z.enum(['true', 'false']).optional(),
});
export type ImageQuery = z.output<typeof imageQuery>;

const told = { isAiGenerated: z.literal(false), description: z.string().optional() };

export const imageAnswer = z.strictObject({
  digest: z.string(),
  user: z.string(),
  userId: z.int(),
  isUserRoot: z.boolean(),
  entrypoint: z.array(z.string()),
  command: z.array(z.string()),
  env: z.array(z.strictObject({ key: z.string(), value: z.string(), isSensitive: z.boolean(), ...told })),
  exposedPorts: z.array(z.strictObject({ port: z.string(), ...told })),
  volumes: z.array(z.strictObject({ volume: z.string(), ...told })),
  hasAiGeneratedData: z.literal(false),
  isAiAvailable: z.literal(false),
});
