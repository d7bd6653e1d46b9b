export interface PlainCredentials {
  username: string;
  password: string;
}

export type RegistryProbe =
  /** `accepted` is null where no credentials were given. */
  | { answers: true; accepted: boolean | null }
  /** `reason`: a sentence for the tenant. */
  | { answers: false; reason: string };

/**
 * Asks an address whether it is a registry, and whether that registry takes credentials. Never throws for what it
 * finds there. Only what the operator allows of the platform's own network is reached.
 */
export abstract class RegistryProber {
  /** @param host as it stands in image names */
  abstract probe(host: string, credentials: PlainCredentials | null): Promise<RegistryProbe>;
}
