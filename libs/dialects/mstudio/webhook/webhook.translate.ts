import type { z } from 'zod';
import type { HttpRequest } from '../../kit/access/http-request.js';
import type { webhookAnswer } from './webhook.wire.js';

const pathOf = (stackId: string): string => `/v2/stacks/${stackId}/webhooks/pull-image`;

/** The address is of the same host that the client asked, because that is one that it reaches. */
export const toWebhook = (
  { protocol = 'http', host = 'localhost' }: HttpRequest,
  stackId: string,
  token: string,
): z.infer<typeof webhookAnswer> => ({
  token,
  webhookUrl: `${protocol}://${host}${pathOf(stackId)}?token=${encodeURIComponent(token)}`,
});
