import { z } from 'zod';

export const webhookQuery = z.object({ token: z.string().min(1).max(128) });

/** Shown once. */
export const webhookAnswer = z.strictObject({ token: z.string(), webhookUrl: z.url() });
