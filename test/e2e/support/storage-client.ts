import { execFileSync } from 'node:child_process';
import { waitFor } from '#libs/launch/process/wait.js';
import type { Answer } from '#libs/testing/cluster/cloud-client.js';
import type { NativeClient } from '#libs/testing/cluster/native-client.js';

export interface Backup {
  id: string;
  state: string;
  message: string | null;
  scheduleId: string | null;
}

export interface Begun {
  backup: Backup;
  action: { id: string };
}

interface Action {
  state: string;
  message: string | null;
}

/** What is asked of a project's volumes and their backups. */
export class StorageClient {
  constructor(
    private readonly native: NativeClient,
    private readonly apiUrl: string,
    private readonly apiKey: string,
    /** `/projects/<id>` */
    readonly project: string,
  ) {}

  ok<T>(method: string, path: string, body?: unknown): Promise<T> {
    return this.native.ok<T>(method, `${this.project}${path}`, body);
  }

  call(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.native.call(method, `${this.project}${path}`, body);
  }

  async ended(actionId: string): Promise<Action> {
    return waitFor(
      async () => {
        const action = await this.ok<Action>('GET', `/actions/${actionId}`);
        return ['success', 'failed', 'canceled'].includes(action.state) ? action : null;
      },
      { what: 'The end of an action', timeoutMs: 60_000, intervalMs: 50 },
    );
  }

  begin(volume: string, targetId: string): Promise<Begun> {
    return this.ok('POST', '/backups', { volume, targetId });
  }

  async backUp(volume: string, targetId: string): Promise<Backup> {
    const { backup, action } = await this.begin(volume, targetId);
    await this.succeeded(action);
    return this.ok('GET', `/backups/${backup.id}`);
  }

  async restore({ id }: Backup, into?: string): Promise<void> {
    const { action } = await this.ok<Begun>('POST', `/backups/${id}/restore`, into === undefined ? {} : { into });
    await this.succeeded(action);
  }

  async remove({ id }: Backup): Promise<void> {
    const { action } = await this.ok<Begun>('DELETE', `/backups/${id}`);
    await this.succeeded(action);
  }

  /** What is in the volume as a tar; with a body, puts that into it. */
  async archive(volume: string, body?: Buffer): Promise<Buffer> {
    const response = await fetch(`${this.apiUrl}/api/v1${this.project}/volumes/${volume}/archive?path=/`, {
      method: body ? 'PUT' : 'GET',
      headers: { authorization: `Bearer ${this.apiKey}`, ...(body && { 'content-type': 'application/x-tar' }) },
      ...(body && { body: new Uint8Array(body) }),
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return Buffer.from(await response.arrayBuffer());
  }

  /** Modes, owners, sizes, names and what links lead to, and each file's content; `seen` is left out. */
  async contents(volume: string): Promise<{ listed: string[]; files: Record<string, string> }> {
    const content = await this.archive(volume);
    const listed = tar(['--numeric-owner', '-tvf', '-'], content)
      .split('\n')
      .filter((line) => line !== '' && !/ (\.\/)?seen$| \.\/$/.test(line));
    const names = listed.filter((line) => line.startsWith('-')).map((line) => line.split(' ').at(-1) ?? '');
    const files = names.map((name) => [name.replace(/^\.\//, ''), tar(['-xOf', '-', name], content)]);
    return { listed: listed.sort(), files: Object.fromEntries(files) as Record<string, string> };
  }

  private async succeeded({ id }: { id: string }): Promise<void> {
    const { state, message } = await this.ended(id);
    if (state !== 'success') throw new Error(`It ended as ${state}: ${message}`);
  }
}

function tar(args: string[], input: Buffer): string {
  return execFileSync('tar', args, { input }).toString();
}
