import type { BackendModel, ServerModel } from '../compile/model.js';
import { secure } from './frontend.js';
import { line, word } from './word.js';

/** Where a slot that is not in use points to: nowhere that a packet could go. */
export const unusedAddress = '0.0.0.0:1';
const safeMethods = 'GET HEAD OPTIONS TRACE';

/** A backend’s text in two parts: what makes a reload necessary when it changes, and who serves at the moment. */
export interface BackendText {
  head: string[];
  servers: string[];
}

function healthCheck({ healthCheck: check, checkHost }: BackendModel): string[] {
  if (check.kind !== 'http') return [];
  const codes = check.acceptedCodes.length > 0 ? check.acceptedCodes.join(',') : '200-399';
  const host = checkHost ? ['ver HTTP/1.1 hdr Host', word(checkHost)] : [];
  return [
    line('option httpchk'),
    line('http-check send meth GET uri', word(check.path), ...host),
    line('http-check expect status', codes),
  ];
}

function serverDefaults({ healthCheck: check, proxyProtocol, mode }: BackendModel): string {
  // What was sent and is acknowledged by nobody is sent elsewhere.
  const words: (string | number)[] = ['default-server', 'tcp-ut 8s'];
  if (check.kind !== 'none') {
    const quick = Math.min(check.intervalMs, 1_000);
    words.push(`check inter ${check.intervalMs}ms fastinter ${quick}ms downinter ${quick}ms`);
    words.push(`rise ${check.rise} fall ${check.fall}`);
    // A container that dies is noticed by the first requests that it fails, which go elsewhere, not by its next check.
    words.push('observe layer4 error-limit 3 on-error sudden-death');
  }
  if (proxyProtocol === 'v1') words.push('send-proxy');
  if (proxyProtocol === 'v2') words.push('send-proxy-v2');
  if (mode === 'http') words.push('pool-purge-delay 30s');
  return line(...words);
}

function http(backend: BackendModel, httpsPort: number): string[] {
  const lines = [line('mode http'), line('balance roundrobin')];
  if (backend.affinityKey) {
    lines.push(line('dynamic-cookie-key', word(backend.affinityKey)));
    lines.push(line('cookie pierhead-affinity insert indirect nocache dynamic httponly'));
  }
  if (backend.redirectToHttps) {
    const port = httpsPort === 443 ? '' : `:${httpsPort}`;
    lines.push(
      line(
        `http-request redirect location https://%[var(txn.host)]${port}%[capture.req.uri] code 308 unless ${secure}`,
      ),
    );
  }
  // What may be sent twice without harm is, when a container breaks off; everything when it was not even reached.
  lines.push(line('retry-on conn-failure empty-response junk-response'));
  lines.push(line(`http-request disable-l7-retry unless { method ${safeMethods} }`));
  if (backend.hstsMaxAgeSeconds > 0) {
    const value = `max-age=${backend.hstsMaxAgeSeconds}`;
    lines.push(line(`http-response set-header Strict-Transport-Security ${value} if ${secure}`));
  }
  return lines;
}

export function backendText(backend: BackendModel, httpsPort: number): BackendText {
  const head = [`backend ${word(backend.name)}`];
  if (backend.mode === 'http') head.push(...http(backend, httpsPort));
  else head.push(line('mode tcp'), line('balance leastconn'), line('timeout server 24h'));
  head.push(...healthCheck(backend), serverDefaults(backend));
  return { head, servers: serverLines(backend) };
}

function serverLines({ servers, slots }: BackendModel): string[] {
  const used = servers.slice(0, slots);
  const lines = used.map(({ address, port, weight }: ServerModel, index) =>
    line('server', `s${index + 1}`, `${word(address)}:${port}`, 'weight', weight),
  );
  if (used.length < slots) {
    lines.push(line(`server-template s ${used.length + 1}-${slots} ${unusedAddress} weight 1 disabled`));
  }
  return lines;
}
