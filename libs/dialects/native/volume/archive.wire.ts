import { z } from 'zod';

export const tarType = 'application/x-tar';

export const archiveQuery = z.object({
  /** Inside the volume; `/` is all of it. */
  path: z.string().min(1).max(4096).default('/'),
});
