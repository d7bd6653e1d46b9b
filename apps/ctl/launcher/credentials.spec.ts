import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Installation } from '#libs/launch/installation/installation.js';
import { keepCredentials, parseBootstrap, readCredentials } from './credentials.js';

const first = {
  created: true,
  organization: { id: 'o1', name: 'harbor' },
  project: 'default',
  user: 'admin',
  password: 'p',
  apiKey: 'k',
};

describe('parseBootstrap', () => {
  it('finds the object after log lines, on one line or many', () => {
    const log = '{"level":30,"msg":"x"}\n';
    expect(parseBootstrap(`${log}${JSON.stringify(first)}\n`)).toMatchObject({ created: true, apiKey: 'k' });
    expect(parseBootstrap(`${log}${JSON.stringify(first, null, 2)}`)).toMatchObject({ created: true, apiKey: 'k' });
  });

  it('says so when there is none', () => {
    expect(() => parseBootstrap('nothing')).toThrow(/no credentials/);
  });
});

describe('the first credentials', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'credentials-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are kept 0600 and read again when bootstrap no longer tells them', () => {
    const installation = Installation.open(folder, {});
    const kept = keepCredentials(installation, first);
    expect(kept).toMatchObject({ organization: 'harbor', namespace: 'harbor', project: 'default', user: 'admin' });
    expect(statSync(installation.credentialsFile).mode & 0o777).toBe(0o600);
    const later = { created: false, organization: 'harbor', project: 'default', user: 'admin' };
    expect(keepCredentials(installation, later)).toEqual(kept);
    expect(readCredentials(installation)).toEqual(kept);
  });

  it('are asked for by name when their file is gone', () => {
    const installation = Installation.open(folder, {});
    const later = { created: false, organization: 'harbor', project: 'default', user: 'admin' };
    expect(() => keepCredentials(installation, later)).toThrow(/credentials\.json is gone/);
  });
});
