import { randomUUID } from 'node:crypto';

/** A new UUID version 4: clients recognise resource ids by that version. */
export const newId = <T extends string>(): T => randomUUID() as string as T;
