/** Names of ports that are known to everybody; clients show them. */
const names: Record<number, string> = {
  21: 'ftp',
  22: 'ssh',
  25: 'smtp',
  53: 'dns',
  80: 'http',
  443: 'https',
  1433: 'mssql',
  3306: 'mysql',
  5432: 'postgresql',
  5672: 'amqp',
  6379: 'redis',
  8080: 'http',
  9200: 'elasticsearch',
  11211: 'memcached',
  27017: 'mongodb',
};

export const portName = (port: number): string => names[port] ?? 'unknown';

/** What an address of the port starts with. */
export function uriProtocol(port: { containerPort: number; protocol: string }): string {
  const name = names[port.containerPort];
  return port.protocol === 'tcp' && (name === 'http' || name === 'https') ? name : port.protocol;
}
