import type { Variable } from '#libs/domain/discovery/naming.js';

export const linkVariables = (variables: readonly Variable[]): Record<string, string> =>
  Object.fromEntries(variables.map(({ name, value }) => [name, value]));
