/** Where an edge listens and where its files are. */
export interface EdgeSettings {
  /** IPv4 address that public ports are bound to. */
  address: string;
  httpPort: number;
  httpsPort: number;
  /** Of the load balancer’s Prometheus exporter, on loopback; null for none. */
  metricsPort: number | null;
  /** What the load balancer’s workers run as; null: as whoever started it. */
  account: { user: string; group: string; groupId: number } | null;
  files: EdgeFiles;
}

/** Absolute paths. Everything below one folder that only the agent’s user may enter. */
export interface EdgeFiles {
  folder: string;
  configuration: string;
  routesMap: string;
  challengesMap: string;
  /** Server name → certificate, of https. */
  certificateList: string;
  serverStates: string;
  /** Empty but in workers that a reload replaced, see `relay`. */
  relayMap: string;
}

export const edgeFiles = (folder: string): EdgeFiles => ({
  folder,
  configuration: `${folder}/haproxy.cfg`,
  routesMap: `${folder}/routes.map`,
  challengesMap: `${folder}/challenges.map`,
  certificateList: `${folder}/https.list`,
  serverStates: `${folder}/servers.state`,
  relayMap: `${folder}/relay.map`,
});

/**
 * A worker that a reload replaced can’t be told of other containers any more, but of an entry in a map: with this one,
 * requests on the connections that it still has go through the worker that took over, by its two sockets. They are
 * named relative to the folder, as a socket’s whole path can’t be long.
 */
export const relay = { key: 'worker', value: 'replaced', plain: 'relay.sock', tls: 'relay-tls.sock' } as const;

export const certificateFile = (files: EdgeFiles, certificateId: string): string =>
  `${files.folder}/certificates/${certificateId}.pem`;

export const tcpCertificateList = (files: EdgeFiles, routeId: string): string => `${files.folder}/tcp-${routeId}.list`;
