/** What was found where a proof should be. */
export interface ProofAnswer {
  found: boolean;
  /** Otherwise: what was there instead, as a sentence. */
  instead: string;
}

/** Looks at names that tenants claim: from outside of the platform’s own networks, in bounded time, never throwing. */
export abstract class DomainProofs {
  /** The name has a TXT record that is exactly the text. */
  abstract txt(name: string, text: string): Promise<ProofAnswer>;
  /** `http://<name><path>` answers the text, with nothing around it but white space. */
  abstract http(name: string, path: string, text: string): Promise<ProofAnswer>;
}
