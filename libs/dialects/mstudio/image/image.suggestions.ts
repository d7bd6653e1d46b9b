const sensitive = /pass(?:word|wd|phrase)?|secret|token|api_?key|private_?key|credential/i;

/** Whether a variable's value is nothing to be shown on a screen. */
export const isSensitive = (name: string): boolean => sensitive.test(name);

/** What usually listens on a port. */
const ports: Readonly<Record<string, string>> = {
  '22/tcp': 'SSH',
  '25/tcp': 'SMTP',
  '53/tcp': 'DNS',
  '53/udp': 'DNS',
  '80/tcp': 'HTTP',
  '443/tcp': 'HTTPS',
  '443/udp': 'HTTP/3',
  '1433/tcp': 'Microsoft SQL Server',
  '1883/tcp': 'MQTT',
  '3000/tcp': 'HTTP',
  '3306/tcp': 'MySQL or MariaDB',
  '4222/tcp': 'NATS',
  '5000/tcp': 'HTTP',
  '5432/tcp': 'PostgreSQL',
  '5672/tcp': 'AMQP',
  '6379/tcp': 'Redis',
  '8000/tcp': 'HTTP',
  '8080/tcp': 'HTTP',
  '8443/tcp': 'HTTPS',
  '9000/tcp': 'HTTP or FastCGI',
  '9090/tcp': 'Prometheus',
  '9092/tcp': 'Kafka',
  '9200/tcp': 'Elasticsearch or OpenSearch',
  '11211/tcp': 'Memcached',
  '15672/tcp': 'RabbitMQ management',
  '27017/tcp': 'MongoDB',
};

const variables: readonly [name: RegExp, description: string][] = [
  [/^PATH$/, 'Where programs are looked for.'],
  [/^(?:LANG|LC_\w+)$/, 'Language and character set of messages.'],
  [/^TZ$/, 'Time zone.'],
  [/^PORT$/, 'The port that the service listens on.'],
  [/^(?:PGDATA|DATA_?DIR)$/, 'Where data is kept; mount a volume there.'],
  [/_VERSION$/, 'A version that the image was built with; changing it here changes nothing.'],
  [/_SHA(?:256|512)?$|_GPG_KEYS?$|^GPG_KEYS?$/, 'A checksum or key of the image’s build; changing it changes nothing.'],
  [/(?:PASSWORD|PASSWD)(?:_FILE)?$/i, 'A password; choose your own.'],
];

export const describePort = (port: string): string | undefined => ports[port];

export const describeVariable = (name: string): string | undefined =>
  variables.find(([pattern]) => pattern.test(name))?.[1];

export const describeVolume = (path: string): string =>
  `The image keeps data in ${path}; mount a volume there, else it goes with its container.`;
