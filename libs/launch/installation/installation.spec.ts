import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Installation } from './installation.js';

describe('where hosts that join are sent', () => {
  let state: string;
  beforeEach(() => {
    state = mkdtempSync(join(tmpdir(), 'pierhead-installation-'));
  });
  afterEach(() => {
    rmSync(state, { recursive: true });
  });
  const told = (env: NodeJS.ProcessEnv) => {
    const installation = Installation.open(state, { PIERHEAD_STATE: state, ...env });
    installation.prepare();
    const { PIERHEAD_JOIN_ADDRESS, PIERHEAD_GATEWAYS } = installation.truthEnvironment();
    return [PIERHEAD_JOIN_ADDRESS, PIERHEAD_GATEWAYS];
  };
  const open = { PIERHEAD_GATEWAY_HOST: '0.0.0.0', PIERHEAD_PUBLIC_URL: 'http://cloud.example:7080' };

  it('is this machine as long as nothing else was said', () => {
    expect(told({})).toEqual(['127.0.0.1:7444', '127.0.0.1:7443']);
  });

  it('is the platform’s public host when the gateway listens everywhere, and the gateway’s own address otherwise', () => {
    expect(told(open)).toEqual(['cloud.example:7444', 'cloud.example:7443']);
    expect(told({ ...open, PIERHEAD_GATEWAY_HOST: '10.0.0.7' })).toEqual(['10.0.0.7:7444', '10.0.0.7:7443']);
  });

  it('is what was given, also by the next command without it', () => {
    const given = { PIERHEAD_JOIN_ADDRESS: 'join.example:1', PIERHEAD_GATEWAYS: 'a.example:2,b.example:2' };
    expect(told({ ...open, ...given })).toEqual(['join.example:1', 'a.example:2,b.example:2']);
    expect(told({})).toEqual(['join.example:1', 'a.example:2,b.example:2']);
  });

  it('does not lead the local agent away from this machine', () => {
    const installation = Installation.open(state, { PIERHEAD_STATE: state, ...open });
    expect(installation.agentEnvironment()).toMatchObject({
      PIERHEAD_JOIN_ADDRESS: '127.0.0.1:7444',
      PIERHEAD_GATEWAYS: '127.0.0.1:7443',
    });
  });
});
