import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { certificatePem } from '#libs/edge/compile/pem.js';
import { isIdentifier } from '#libs/edge/compile/syntax.js';
import { certificateFile, type EdgeFiles } from '#libs/edge/settings.js';
import { RuntimeApiError } from '#libs/edge/runtime/prompt.connection.js';
import type { WorkerSession } from '#libs/edge/runtime/worker.session.js';
import type { EdgeProject } from '#libs/edge/state.js';
import type { Log } from '#libs/platform/log.js';
import { writeAtomically } from '../state/atomic-file.js';

/**
 * The certificates that the load balancer takes. Each is tried on a running worker before its file is written, so that
 * one that HAProxy does not like keeps its own routes from HTTPS and nobody else’s.
 */
export class CertificateShelf {
  private readonly accepted = new Map<string, string>();
  private readonly refused = new Map<string, { pem: string; sentence: string }>();

  constructor(
    private readonly files: EdgeFiles,
    private readonly log: Log,
  ) {}

  /** What was accepted before this agent started. */
  async load(): Promise<void> {
    const folder = dirname(certificateFile(this.files, 'x'));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(folder)) {
      const id = name.replace(/\.pem$/, '');
      if (!isIdentifier(id)) await rm(join(folder, name), { force: true });
      else this.accepted.set(id, await readFile(join(folder, name), 'utf8'));
    }
  }

  /** Why a certificate can’t be used now, by its id: for all of these projects’ that no version of was accepted. */
  refusals(projects: readonly EdgeProject[]): Map<string, string> {
    const sentences = new Map<string, string>();
    for (const { certificateId } of projects.flatMap(({ certificates }) => certificates)) {
      if (this.accepted.has(certificateId)) continue;
      sentences.set(certificateId, this.refused.get(certificateId)?.sentence ?? 'it is being loaded');
    }
    return sentences;
  }

  /** Whether the newest version of each of the project’s certificates was tried. */
  settled(project: EdgeProject): boolean {
    return this.wanted([project]).every(
      ({ id, pem }) => this.accepted.get(id) === pem || this.refused.get(id)?.pem === pem,
    );
  }

  /** Gives a worker what is new. */
  async offer(session: WorkerSession, projects: readonly EdgeProject[]): Promise<void> {
    for (const { id, pem } of this.wanted(projects)) {
      if (this.accepted.get(id) === pem || this.refused.get(id)?.pem === pem) continue;
      const file = certificateFile(this.files, id);
      try {
        await session.setCertificate({ certificateId: id, file, pem });
      } catch (error) {
        if (!(error instanceof RuntimeApiError)) throw error;
        this.refused.set(id, { pem, sentence: error.message });
        this.log.warn({ certificate: id, reason: error.message }, 'The load balancer refuses a certificate.');
        continue;
      }
      await writeAtomically(file, pem, false);
      this.accepted.set(id, pem);
      this.refused.delete(id);
    }
  }

  /** Removes what no project has any more; after the lists of names do not speak of it. */
  async tidy(session: WorkerSession, projects: readonly EdgeProject[]): Promise<void> {
    const known = new Set(projects.flatMap(({ certificates }) => certificates.map((each) => each.certificateId)));
    for (const id of this.refused.keys()) if (!known.has(id)) this.refused.delete(id);
    for (const id of [...this.accepted.keys()]) {
      if (known.has(id)) continue;
      const file = certificateFile(this.files, id);
      await session.dropCertificate(file);
      await rm(file, { force: true });
      this.accepted.delete(id);
    }
  }

  private wanted(projects: readonly EdgeProject[]): { id: string; pem: string }[] {
    return projects.flatMap(({ certificates }) =>
      certificates.flatMap(({ certificateId: id, chainPem, keyPem }) => {
        const pem = isIdentifier(id) ? certificatePem(chainPem, keyPem) : null;
        return pem ? [{ id, pem }] : [];
      }),
    );
  }
}
