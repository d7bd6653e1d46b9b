/** What an issuer will look for over HTTP on the host’s port 80. */
export interface IssuerChallenge {
  host: string;
  token: string;
  response: string;
}

export interface IssuingRequest {
  names: string[];
  /** PEM. */
  accountKey: string;
  /** Called before the issuer is told to look; resolves when every answer can be had. */
  answer(challenges: IssuerChallenge[]): Promise<void>;
  /** The work ends, and with it whatever the issuer still does. */
  signal: AbortSignal;
}

export interface Issued {
  chainPem: string;
  keyPem: string;
  /** The account’s address there; an account that is not registered yet is registered. */
  accountUrl: string;
}

/** The issuer said no, or nothing: its sentence, for the tenant. It is left alone for a while. */
export class IssuerRefusal extends Error {}

/** Somebody who makes certificates for those who show that a host is theirs. */
export abstract class CertificateIssuer {
  /** Its address: accounts belong to it. */
  abstract readonly directory: string;
  /** A key for a new account, as PEM. */
  abstract accountKey(): Promise<string>;
  /** Rejects with `IssuerRefusal`, and with whatever `answer` rejects with. */
  abstract issue(request: IssuingRequest): Promise<Issued>;
}
