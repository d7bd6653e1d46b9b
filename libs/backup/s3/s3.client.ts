import { S3Client } from '@aws-sdk/client-s3';
import { Agent as PlainAgent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { isIP } from 'node:net';
import { invalid } from '#libs/domain/error.js';
import type { S3Settings } from '#libs/domain/backup/target.js';
import { isInner, outerLookup } from '#libs/outbound/outbound.guard.js';

export interface S3Options {
  /** `host:port` of stores that may be in inner networks and may speak plain HTTP. */
  trusted: readonly string[];
  /** For a connection, and for an answer once a request is sent. */
  timeouts?: { connectMs: number; answerMs: number };
}

const connections = 8;
const defaultTimeouts = { connectMs: 10_000, answerMs: 120_000 };
/** Each call is made so often when the store says that it is at fault. */
const triesOfOneCall = 3;

/** Errors: `invalid` (`endpoint`). */
export function s3Client(settings: S3Settings, secret: string, { trusted, timeouts }: S3Options): S3Client {
  const url = endpointOf(settings.endpoint);
  const isTrusted = trusted.includes(url.host);
  if (!isTrusted) refuseInner(url);
  // A name that leads inside is found out when it is looked up, and the connection goes to the address that was judged.
  const guard = isTrusted ? {} : { lookup: outerLookup };
  const agent = { keepAlive: true, maxSockets: connections, ...guard };
  const { connectMs, answerMs } = timeouts ?? defaultTimeouts;
  return new S3Client({
    endpoint: url.href,
    region: settings.region,
    // Of a trusted store its own name is trusted, not one that a bucket was put in front of.
    forcePathStyle: settings.pathStyle || isTrusted,
    credentials: { accessKeyId: settings.accessKeyId, secretAccessKey: secret },
    maxAttempts: triesOfOneCall,
    requestHandler: {
      httpAgent: new PlainAgent(agent),
      httpsAgent: new SecureAgent(agent),
      connectionTimeout: connectMs,
      requestTimeout: answerMs,
      throwOnRequestTimeout: true,
    },
    // What is stored carries a checksum of our own; many stores know none of the newer ones.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

export function endpointOf(endpoint: string): URL {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.username || url.password || url.search || url.hash) {
    throw invalid('endpoint', `endpoint: "${endpoint}" is no address of a store; give one such as https://s3.example.`);
  }
  return url;
}

function refuseInner(url: URL): void {
  if (url.protocol !== 'https:') {
    throw invalid('endpoint', `endpoint: "${url.host}" is asked over TLS only; begin it with https://.`);
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && isInner(host)) throw invalid('endpoint', innerSentence(url.host));
}

export const innerSentence = (host: string): string =>
  `endpoint: "${host}" is in a network that may not be asked from here; the operator can allow it.`;
