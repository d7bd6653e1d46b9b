import type { Naming } from './naming.js';

/** Docker's link variables and nothing else, except what a role brings. */
export const plainNaming: Naming = {
  service: () => [],
  identity: () => [],
  link: () => [],
  access: () => [],
  authorization: (value) => ({ name: 'PIERHEAD_AUTH', value }),
};
