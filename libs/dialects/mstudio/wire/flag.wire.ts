import { z } from 'zod';

/** A boolean in a query. */
export const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
