import { dockerCloudNaming } from './docker-cloud.naming.js';
import type { Naming } from './naming.js';
import type { NamingScheme } from './naming-scheme.js';
import { plainNaming } from './plain.naming.js';

export const namings: Readonly<Record<NamingScheme, Naming>> = {
  plain: plainNaming,
  'docker-cloud': dockerCloudNaming,
};
