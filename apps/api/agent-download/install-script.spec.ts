import { spawnSync } from 'node:child_process';
import { installScript } from './install-script.js';

const place = {
  apiUrl: 'https://cloud.example',
  joinAddress: 'gateway.example:7444',
  gateways: 'gateway.example:7443',
  machine: 'Linux x86_64',
};
const shell = (input: string, args: string[] = [], env: NodeJS.ProcessEnv = {}) =>
  spawnSync('sh', args, { input, encoding: 'utf8', env: { PATH: process.env.PATH, ...env } });

describe('the program that makes a host a node', () => {
  it('is one that a plain shell understands', () => {
    expect(shell(installScript(place), ['-n'])).toMatchObject({ status: 0, stderr: '' });
  });

  it('takes every address for text, and settings of the host before its own', () => {
    const script = installScript({ ...place, apiUrl: `https://x.example/'; echo hacked; '$(echo hacked)` });
    const [head = ''] = script.split('TOKEN=');
    const shown = shell(`${head}printf '%s|%s|%s' "$API" "$PIERHEAD_JOIN_ADDRESS" "$PIERHEAD_GATEWAYS"`, [], {
      PIERHEAD_GATEWAYS: 'other.example:7443',
    });
    expect(shown.stdout).toBe(
      `https://x.example/'; echo hacked; '$(echo hacked)|gateway.example:7444|other.example:7443`,
    );
  });

  it('asks for a token, before anything is changed', () => {
    const asked = shell(installScript(place), ['-s'], { PIERHEAD_AGENT_STATE: '/nonexistent' });
    expect(asked.status).toBe(1);
    expect(asked.stderr).toMatch(/^(Give a join token|Only root)/);
  });
});
