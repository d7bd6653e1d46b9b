import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

  describe('its settings', () => {
    const shown = `printf '%s|%s|%s|%s' "$API" "$PIERHEAD_JOIN_ADDRESS" "$PIERHEAD_GATEWAYS" "$PIERHEAD_NODE_NAME"`;
    let state: string;
    const settingsOf = (script: string, env: NodeJS.ProcessEnv = {}) => {
      const [head = ''] = script.split('FOLDER=');
      return shell(`${head}${shown}; printf '%s\\n' "$GIVEN" >"$STATE/settings"`, [], {
        PIERHEAD_AGENT_STATE: state,
        ...env,
      }).stdout;
    };
    beforeEach(() => {
      state = mkdtempSync(join(tmpdir(), 'pierhead-install-'));
    });
    afterEach(() => {
      rmSync(state, { recursive: true });
    });

    it('take every address for text, and what the host gives before what the platform says', () => {
      const script = installScript({ ...place, apiUrl: `https://x.example/'; echo hacked; '$(echo hacked)` });
      expect(settingsOf(script, { PIERHEAD_GATEWAYS: 'other.example:7443', PIERHEAD_NODE_NAME: `it's; "$(id)"` })).toBe(
        `https://x.example/'; echo hacked; '$(echo hacked)|gateway.example:7444|other.example:7443|it's; "$(id)"`,
      );
    });

    it('hold for the next run unless they are given anew; what the platform said does not', () => {
      settingsOf(installScript(place), {
        PIERHEAD_GATEWAYS: 'other.example:7443',
        PIERHEAD_NODE_NAME: `it's; a=b "$(id)"`,
      });
      const moved = installScript({ ...place, joinAddress: 'moved.example:7444', gateways: 'moved.example:7443' });
      expect(settingsOf(moved)).toBe(`https://cloud.example|moved.example:7444|other.example:7443|it's; a=b "$(id)"`);
      expect(settingsOf(moved, { PIERHEAD_NODE_NAME: 'new' })).toBe(
        'https://cloud.example|moved.example:7444|other.example:7443|new',
      );
      expect(settingsOf(moved)).toContain('|new');
    });
  });

  it('takes nothing in the file of settings for commands', () => {
    const state = mkdtempSync(join(tmpdir(), 'pierhead-install-'));
    writeFileSync(join(state, 'settings'), 'PIERHEAD_NODE_NAME=a\necho hacked; b=1\n$(echo hacked)\n=x\n');
    const [head = ''] = installScript(place).split('FOLDER=');
    const { stdout, stderr } = shell(`${head}printf '%s' "$PIERHEAD_NODE_NAME"`, [], { PIERHEAD_AGENT_STATE: state });
    rmSync(state, { recursive: true });
    expect([stdout, stderr]).toEqual(['a', '']);
  });

  it('asks for a token, before anything is changed', () => {
    const asked = shell(installScript(place), ['-s'], { PIERHEAD_AGENT_STATE: '/nonexistent' });
    expect(asked.status).toBe(1);
    expect(asked.stderr).toMatch(/^(Give a join token|Only root)/);
  });
});
