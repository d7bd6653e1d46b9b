import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { InnerAddressError, isInner, outerLookup } from './outbound.guard.js';

export interface OutboundOptions {
  headers?: Record<string, string>;
  /** What may be inside: hosts, with their port if it is in the address, also in plain HTTP; `https://…` over TLS only. */
  trusted: ReadonlySet<string>;
  /** Every host may speak plain HTTP. */
  plain?: boolean;
  /** How names are looked up, guard included. */
  lookup?: LookupFunction;
  /** Which redirects are followed; all unless given. One that is not is the answer. */
  follow?: (to: URL) => boolean;
  maxBytes: number;
  signal: AbortSignal;
}

export interface OutboundAnswer {
  url: URL;
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

const mostRedirects = 5;

/** A GET that follows redirects, each step under the same guard; a credential goes to the first host only. */
export async function outboundGet(url: URL, options: OutboundOptions): Promise<OutboundAnswer> {
  const headers = { ...options.headers };
  let at = url;
  for (let step = 0; step <= mostRedirects; step += 1) {
    const answer = await once(at, { ...options, headers });
    const { location } = answer.headers;
    if (answer.status < 300 || answer.status >= 400 || typeof location !== 'string') return answer;
    const next = new URL(location, at);
    if (options.follow && !options.follow(next)) return answer;
    if (next.host !== at.host) delete headers['authorization'];
    at = next;
  }
  throw new Error(`${url.host} redirects in a circle.`);
}

function once(url: URL, options: OutboundOptions): Promise<OutboundAnswer> {
  const { headers, trusted, maxBytes, signal, plain = false, lookup = outerLookup } = options;
  const mayBePlain = plain || trusted.has(url.host);
  const mayBeInner = trusted.has(url.host) || trusted.has(url.origin);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && mayBePlain)) {
    return Promise.reject(new Error(`${url.host} is asked over TLS only.`));
  }
  // An address needs no look-up, so the look-up's guard would never see it.
  if (!mayBeInner && isIP(host) !== 0 && isInner(host)) return Promise.reject(new InnerAddressError(url.host));
  const send = url.protocol === 'https:' ? secureRequest : plainRequest;
  return new Promise((resolve, reject) => {
    const call = send(
      url,
      { headers: headers ?? {}, signal, agent: false, ...(mayBeInner ? {} : { lookup }) },
      (response) => {
        const parts: Buffer[] = [];
        let size = 0;
        response.on('data', (part: Buffer) => {
          size += part.length;
          if (size > maxBytes) response.destroy(new Error(`${url.host} answers more than ${maxBytes} bytes.`));
          else parts.push(part);
        });
        response.once('error', reject);
        response.once('end', () =>
          resolve({ url, status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
        );
      },
    );
    call.once('error', reject);
    call.end();
  });
}
