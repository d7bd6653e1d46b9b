import { isSecret } from './secret-variable.js';

describe('a variable taken for a secret', () => {
  it.each([
    'PASSWORD',
    'DB_PASS',
    'MYSQL_ROOT_PASSWORD',
    'MYSQL_PASSWORD_FILE',
    'PGPASSWORD',
    'REDIS_PASSWD',
    'db_pass',
    'db.password',
    'SECRET',
    'CLIENT_SECRET',
    'SECRET_KEY_BASE',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_ACCESS_KEY_ID',
    'API_KEY',
    'APIKEY',
    'STRIPE_APIKEY',
    'PRIVATE_KEY',
    'ACCESS_TOKEN',
    'TOKEN',
    'GITHUB_TOKEN2',
    'DOCKERCLOUD_AUTH',
    'BASIC_AUTH',
    'SMTP_CREDENTIALS',
    'PASSPHRASE',
    'ADMIN_PWD',
  ])('by its name: %s', (name) => expect(isSecret({ name, value: 'x' })).toBe(true));

  it.each([
    ['DATABASE_URL', 'postgres://shop:hunter2@db:5432/shop'],
    ['BROKER', 'amqp://:hunter2@mq/'],
    ['PEM', '-----BEGIN RSA PRIVATE KEY-----\nMII'],
    ['PEM', '-----BEGIN PRIVATE KEY-----\nMII'],
  ])('by its value: %s', (name, value) => expect(isSecret({ name, value })).toBe(true));

  it.each([
    ['WEBROOT', '/login'],
    ['MYSQL_USER', 'admin'],
    ['MYSQL_DATABASE', 'shop'],
    ['KEY', 'value'],
    ['KEYBOARD', 'qwerty'],
    ['SORT_KEY', 'name'],
    ['TOKENIZER', 'words'],
    ['AUTHOR', 'somebody'],
    ['DATABASE_URL', 'postgres://db:5432/shop'],
    ['URL', 'https://user@example.org/a:b@c'],
    ['DOCKERCLOUD_SERVICE_API_URI', '/api/app/v1/harbor/service/x/'],
    ['DOCKERCLOUD_NODE_FQDN', 'd804d973.node.cloud.example'],
  ])('is not: %s=%s', (name, value) => expect(isSecret({ name, value })).toBe(false));
});
