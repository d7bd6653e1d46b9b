import { appendFileSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GaneshaLog } from './ganesha.log.js';

describe('what the NFS server says of its exports', () => {
  let folder: string;
  let file: string;
  let log: GaneshaLog;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pierhead-ganesha-log-'));
    file = join(folder, 'ganesha.log');
    log = new GaneshaLog(file);
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const say = (text: string) => appendFileSync(file, text);
  const refuses = (share: string) =>
    say(`x : fsal_cfg_commit :CONFIG :CRIT :Could not create export for (/${share}) to (/data/${share}/volumes)\n`);
  const goneThrough = () => say('x : reread_exports :CONFIG :EVENT :Reread exports complete\n');
  const refused = async () => [...(await log.refusedShares())];

  it('is nothing before it has said anything', async () => {
    await log.begin();
    expect(await refused()).toEqual([]);
  });

  it('is known once it has gone through all of them', async () => {
    await log.begin();
    refuses('a');
    expect(await refused()).toEqual([]);
    refuses('b');
    goneThrough();
    expect(await refused()).toEqual(['a', 'b']);
  });

  it('is about what it was told last', async () => {
    refuses('old');
    goneThrough();
    await log.begin();
    refuses('a');
    goneThrough();
    expect(await refused()).toEqual(['a']);
    await log.begin();
    expect(await refused()).toEqual(['a']);
    goneThrough();
    expect(await refused()).toEqual([]);
  });

  it('is understood in pieces, and after the file was shortened', async () => {
    say('a line\n'.repeat(100));
    await log.begin();
    say('x : Could not create export for (/a');
    expect(await refused()).toEqual([]);
    say(') to (/data)\n');
    await refused();
    truncateSync(file, 0);
    goneThrough();
    expect(await refused()).toEqual(['a']);
  });
});
