/** Where an edge listens and where its files are. */
export interface EdgeSettings {
  /** IPv4 address that public ports are bound to. */
  address: string;
  httpPort: number;
  httpsPort: number;
  /** Of the load balancer’s Prometheus exporter, on loopback; null for none. */
  metricsPort: number | null;
  /** What the load balancer’s workers run as; null: as whoever started it. */
  account: { user: string; group: string } | null;
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
}

export const edgeFiles = (folder: string): EdgeFiles => ({
  folder,
  configuration: `${folder}/haproxy.cfg`,
  routesMap: `${folder}/routes.map`,
  challengesMap: `${folder}/challenges.map`,
  certificateList: `${folder}/https.list`,
  serverStates: `${folder}/servers.state`,
});

export const certificateFile = (files: EdgeFiles, certificateId: string): string =>
  `${files.folder}/certificates/${certificateId}.pem`;

export const tcpCertificateList = (files: EdgeFiles, routeId: string): string => `${files.folder}/tcp-${routeId}.list`;
