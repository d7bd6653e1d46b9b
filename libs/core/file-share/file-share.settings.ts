import { offeredSizes } from '#libs/domain/file-share/flavour.js';

/** Which file shares can be had. */
export class FileShareSettings {
  /** In bytes, smallest first. */
  readonly sizes: readonly number[];

  /** @param more sizes that the operator offers beside the standard ones, in bytes */
  constructor(more: readonly number[]) {
    this.sizes = offeredSizes(more);
  }
}

/** How many an organization may have until the operator says otherwise; the rule is the IBM Containers API’s. */
export const defaultShareLimit = 10;
