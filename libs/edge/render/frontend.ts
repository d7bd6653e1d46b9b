import type { TcpFrontendModel } from '../compile/model.js';
import { relay, type EdgeSettings } from '../settings.js';
import { pages } from './pages.js';
import { line, word } from './word.js';

const nowhere = 'nowhere';
/** Connections that nobody speaks on end when the peer is gone, not when it is silent. */
const idleConnection = '24h';

/** Both public HTTP ports in one: what differs is asked with ssl_fc. */
export function httpFrontend({ address, httpPort, httpsPort, files, account }: EdgeSettings): string[] {
  const routes = word(files.routesMap);
  const missing = 'if !{ var(txn.route) -m found }';
  // A name without a certificate of its own gets no connection, rather than somebody else’s certificate.
  const tls = `ssl crt-list ${word(files.certificateList)} strict-sni alpn h2,http/1.1`;
  return [
    'frontend http',
    line('mode http'),
    line('bind', `${word(address)}:${httpPort}`),
    line('bind', `${word(address)}:${httpsPort}`, tls),
    ...[relay.plain, relay.tls].map((socket) => line('bind', `unix@${socket}`, `name ${socket}`, relayAccess(account))),
    line('http-request set-var(txn.tls) bool(true) if { ssl_fc } or', `{ so_name ${relay.tls} }`),
    line('http-request set-var(txn.host) req.hdr(host),host_only,lower'),
    line('http-request set-var(txn.path) path'),
    line('http-request set-var(txn.place) var(txn.host),concat(,txn.path)'),
    line(`http-request set-var(txn.answer) var(txn.place),map_str(${word(files.challengesMap)})`),
    line("http-request return status 200 content-type text/plain lf-string '%[var(txn.answer)]'", 'if', answered),
    // The longest prefix of the host itself, then of its wildcard. Keys end with a slash: /api is no prefix of /apis.
    line('http-request set-var(txn.key) var(txn.place),concat(/)'),
    line(`http-request set-var(txn.route) var(txn.key),map_beg(${routes})`),
    line(`http-request set-var(txn.route) var(txn.key),regsub(^[^.]*,*),map_beg(${routes})`, missing),
    // Whatever a visitor claims of itself is replaced: containers may believe these.
    line('http-request set-header X-Forwarded-For %[src]'),
    line('http-request set-header X-Forwarded-Host %[req.hdr(host)]'),
    line('http-request set-header X-Forwarded-Port %[dst_port]'),
    line('http-request set-header X-Forwarded-Proto http unless', secure),
    line('http-request set-header X-Forwarded-Proto https if', secure),
    line('http-request del-header Forwarded'),
    line('http-request del-header Proxy'),
    line(`http-request set-var(txn.relay) str(${relay.key}),map_str(${word(files.relayMap)})`),
    line('use_backend relay_tls if { var(txn.relay) -m found }', secure),
    line('use_backend relay if { var(txn.relay) -m found }'),
    line('use_backend %[var(txn.route)] if { var(txn.route) -m found }'),
    line(`default_backend ${nowhere}`),
    '',
    `backend ${nowhere}`,
    line('mode http'),
    line(`http-request return status 404 ${plainText} string "${pages.unknownHost}"`),
    ...relayBackend('relay', relay.plain),
    ...relayBackend('relay_tls', relay.tls),
  ];
}

/** Only the load balancer’s own workers may say by the PROXY protocol who asks. */
function relayAccess(account: EdgeSettings['account']): string {
  const owner = account ? `user ${word(account.user)} group ${word(account.group)} ` : '';
  return `${owner}mode 600 accept-proxy`;
}

const relayBackend = (name: string, socket: string): string[] => [
  '',
  `backend ${name}`,
  line('mode http'),
  line('server newest', `unix@${socket}`, 'send-proxy-v2'),
];

/** Also of what came in by TLS in the worker that relays it. */
export const secure = '{ var(txn.tls) -m bool }';

const answered = '{ var(txn.answer) -m found }';
const plainText = "content-type 'text/plain; charset=utf-8'";

export function tcpFrontend({ name, port, backend, certificateList }: TcpFrontendModel, address: string): string[] {
  const tls = certificateList ? ['ssl crt-list', word(certificateList)] : [];
  return [
    `frontend ${word(name)}`,
    line('mode tcp'),
    line('bind', `${word(address)}:${port}`, ...tls),
    line(`timeout client ${idleConnection}`),
    line('default_backend', word(backend)),
  ];
}

export function metricsFrontend(port: number): string[] {
  return [
    'frontend metrics',
    line('mode http'),
    line(`bind 127.0.0.1:${port}`),
    line('http-request use-service prometheus-exporter if { path /metrics }'),
    line(`http-request return status 404 ${plainText} string "The metrics are at /metrics.\\n"`),
  ];
}

export function general({ account, files }: EdgeSettings, fingerprint: string): string[] {
  return [
    'global',
    // Read back at run time: says which text a worker was started with.
    line('description', word(fingerprint)),
    ...(account ? [line('user', word(account.user)), line('group', word(account.group))] : []),
    line('server-state-file', word(files.serverStates)),
    // A worker that a reload replaced ends with its last connection, or when it is this old or this many reloads behind.
    line('hard-stop-after 1h'),
    line('mworker-max-reloads 30'),
    line('ssl-default-bind-options ssl-min-ver TLSv1.2'),
    line('ssl-default-bind-ciphers', word(ciphers)),
    line('tune.ssl.default-dh-param 2048'),
    line('spread-checks 5'),
    '',
    'defaults',
    line('load-server-state-from-file global'),
    line('timeout connect 2s'),
    line('timeout queue 10s'),
    line('timeout http-request 15s'),
    line('timeout http-keep-alive 60s'),
    line('timeout client 5m'),
    line('timeout server 5m'),
    line('timeout check 5s'),
    line(`timeout tunnel ${idleConnection}`),
    line('option clitcpka'),
    line('option srvtcpka'),
    line('clitcpka-idle 60s'),
    line('clitcpka-intvl 15s'),
    line('clitcpka-cnt 4'),
    // A machine that loses its power ends no connection: requests under way on it would wait for the whole timeout.
    line('srvtcpka-idle 5s'),
    line('srvtcpka-intvl 2s'),
    line('srvtcpka-cnt 3'),
    line('option dontlognull'),
    // A client’s idle connection outlives a reload and closes with its next answer: it never finds it closed.
    line('option idle-close-on-response'),
    line('option redispatch 1'),
    line('retries 3'),
    line(`http-error status 502 ${plainText} string "${pages.gateway}"`),
    line(`http-error status 503 ${plainText} string "${pages.unavailable}"`),
    line(`http-error status 504 ${plainText} string "${pages.timeout}"`),
  ];
}

const ciphers = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');
