import { z } from 'zod';

const text = z.string().max(512);

/**
 * The envelope that a distribution registry posts. Source: the distribution project's documentation of
 * notifications; only what is needed of it is read, and further fields are let be.
 */
export const imageNoticeBody = z.object({
  events: z
    .array(
      z.object({
        action: text,
        target: z.object({ repository: text.min(1), tag: text.optional() }),
        request: z.object({ host: text.optional() }).optional(),
      }),
    )
    .max(1_000),
});

export const imageNoticeAnswer = z.object({
  /** Images of the project that the registry is asked about now. */
  images: z.number(),
});
