import { EngineConnectionError, EngineStatusError } from '#libs/wire/docker/engine-error.js';
import { toArchiveStat } from './archive-stat.js';
import { type InspectAnswer, toDetail, toState } from './container-inspect.js';
import { toStats } from './container-stats.js';
import { toPullError, toRuntimeError } from './docker-error.js';
import { toEvent } from './docker-events.js';
import { digestFor, splitReference } from './image-answer.js';

const inspected = (state: Partial<InspectAnswer['State']>): InspectAnswer => ({
  Id: 'abc',
  Name: '/web-1',
  Created: '2026-01-01T00:00:00Z',
  Image: 'f00',
  State: {
    Status: 'running',
    Pid: 7,
    ExitCode: 0,
    OOMKilled: false,
    StartedAt: '2026-01-01T00:00:01Z',
    FinishedAt: '0001-01-01T00:00:00Z',
    ...state,
  },
  Config: { Image: 'nginx', Labels: null, Tty: false, OpenStdin: false },
  NetworkSettings: {
    Ports: {
      '80/tcp': [
        { HostIp: '0.0.0.0', HostPort: '8080' },
        { HostIp: '::', HostPort: '8080' },
      ],
      '81/tcp': null,
    },
    Networks: { n1: { IPAddress: '10.7.1.5', Aliases: null } },
  },
});

describe('an inspected container', () => {
  it('shows what holds while it runs', () => {
    expect(toDetail(inspected({}), null)).toMatchObject({
      name: 'web-1',
      imageId: 'sha256:f00',
      pid: 7,
      exitCode: null,
      finishedAt: null,
      address: '10.7.1.5',
      ports: [{ containerPort: 80, protocol: 'tcp', hostAddress: '0.0.0.0', hostPort: 8080 }],
    });
  });

  it('shows its end, never before its start', () => {
    const answer = inspected({ Status: 'stopped', ExitCode: 9, FinishedAt: '2026-01-01T00:00:00.9Z' });
    const detail = toDetail(answer, null);
    expect(detail).toMatchObject({ state: 'exited', exitCode: 9, pid: null, ports: [] });
    expect(detail.finishedAt).toEqual(detail.startedAt);
  });

  it('knows both engines’ words for a state', () => {
    expect(['configured', 'initialized', 'dead', 'removing', 'paused'].map(toState)).toEqual([
      'created',
      'created',
      'exited',
      'stopping',
      'paused',
    ]);
  });
});

describe('an engine’s failure', () => {
  it.each([
    [500, 'driver failed: Bind for 0.0.0.0:80 failed: port is already allocated', 'conflict'],
    [500, 'cannot listen on the TCP port: listen tcp4 :80: bind: address already in use', 'conflict'],
    [400, 'exec: "x": executable file not found in $PATH: unknown', 'invalid'],
    [500, 'runc create failed: exec: "x": stat x: no such file or directory', 'invalid'],
    [404, 'No such image: nginx:1', 'image-not-found'],
    [404, 'lstat /bin/absent: no such file or directory', 'not-found'],
    [409, 'Conflict. The container name "/x" is already in use', 'conflict'],
    [500, 'something else', 'engine'],
  ])('%i %s is %s', (status, message, code) => {
    expect(toRuntimeError(new EngineStatusError(status, message))).toMatchObject({ code, message });
  });

  it('tells no answer from a late one and from a caller who gave up', () => {
    const codes = (['unreachable', 'timeout', 'aborted'] as const).map(
      (reason) => toRuntimeError(new EngineConnectionError(reason, 'x')).code,
    );
    expect(codes).toEqual(['unavailable', 'timeout', 'aborted']);
    expect(toRuntimeError(new Error('broken'))).toMatchObject({ code: 'unavailable' });
  });

  it.each([
    ['unauthorized: authentication required', 'unauthorized'],
    ['pull access denied for x, repository does not exist', 'unauthorized'],
    ['manifest for x:1 not found: manifest unknown', 'image-not-found'],
    ['dial tcp 127.0.0.1:1: connect: connection refused', 'registry-unavailable'],
    ['something else', 'engine'],
  ])('of a pull: %s is %s', (message, code) => {
    expect(toPullError(message, undefined)).toMatchObject({ code });
  });

  it('never quotes a password', () => {
    expect(toPullError('bad user:hush@host', 'hush').message).toBe('bad user:***@host');
  });
});

describe('other answers', () => {
  it('take a reference apart', () => {
    expect(splitReference('host:5000/a/b')).toEqual({ name: 'host:5000/a/b', tag: 'latest' });
    expect(splitReference('host:5000/a/b:1')).toEqual({ name: 'host:5000/a/b', tag: '1' });
    expect(splitReference('a:1@sha256:f')).toEqual({ name: 'a', tag: 'sha256:f' });
  });

  it('find the digest of the reference’s own repository', () => {
    const digests = ['other/nginx@sha256:1', 'docker.io/library/nginx@sha256:2'];
    expect(digestFor(digests, 'library/nginx:1')).toBe('sha256:2');
    expect(digestFor(digests, 'sha256:abc')).toBe('sha256:1');
    expect(digestFor(null, 'nginx')).toBeNull();
  });

  it('read an event in either engine’s words', () => {
    const line = {
      Type: 'container',
      Action: 'died',
      Actor: { ID: 'abc', Attributes: { name: 'web', 'io.pierhead.node': 'n', other: 'x', containerExitCode: '3' } },
      timeNano: 1_700_000_000_123_000_000,
    };
    expect(toEvent(line)).toEqual({
      kind: 'die',
      engineId: 'abc',
      name: 'web',
      labels: { 'io.pierhead.node': 'n' },
      exitCode: 3,
      at: new Date(1_700_000_000_123),
    });
    expect(toEvent({ ...line, Action: 'exec_start: sh' })).toBeNull();
    expect(toEvent({ ...line, Action: 'health_status: healthy' })?.kind).toBe('health');
    expect(toEvent({ ...line, Type: 'network' })).toBeNull();
  });

  it('count memory without what the kernel can drop, and no limit but a real one', () => {
    const memory_stats = { usage: 100, limit: 1000, stats: { total_inactive_file: 30 } };
    expect(toStats({ memory_stats }, 5000)).toMatchObject({ memoryBytes: 70, memoryLimitBytes: 1000, pids: 0 });
    expect(toStats({ memory_stats }, 1000).memoryLimitBytes).toBeNull();
    expect(toStats({}, 1000)).toMatchObject({ cpuTotalNs: 0, memoryBytes: 0, netRxBytes: 0 });
  });

  it('read Go’s file modes', () => {
    const header = (mode: number) =>
      Buffer.from(JSON.stringify({ name: 'x', size: 1, mode, mtime: '2026-01-01T00:00:00Z', linkTarget: '' })).toString(
        'base64',
      );
    expect(toArchiveStat(header(0x80000000 + 0o755), '/x')).toMatchObject({ kind: 'directory', mode: 0o755 });
    expect(toArchiveStat(header(0x08000000 + 0o777), '/x')).toMatchObject({ kind: 'link' });
    expect(toArchiveStat(header(0o644), '/x')).toMatchObject({ kind: 'file', mode: 0o644 });
    expect(toArchiveStat(undefined, '/a/b')).toMatchObject({ name: 'b', kind: 'file' });
  });
});
