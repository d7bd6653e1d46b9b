import type { EdgeCertificate, EdgeProject } from '../state.js';
import { certificateFile, type EdgeFiles } from '../settings.js';
import type { CertificateModel } from './model.js';
import { certificatePem } from './pem.js';
import { isIdentifier } from './syntax.js';

/** What a project’s routes may choose from; of no other project, whatever names its certificates bear. */
export class ProjectCertificates {
  private readonly usable: { certificate: EdgeCertificate; model: CertificateModel }[] = [];
  private readonly refusals: string[] = [];

  constructor({ certificates }: EdgeProject, files: EdgeFiles, refused: ReadonlyMap<string, string>) {
    const ordered = [...certificates].sort((a, b) => (a.certificateId < b.certificateId ? -1 : 1));
    for (const certificate of ordered) {
      const { certificateId } = certificate;
      const pem = isIdentifier(certificateId) ? certificatePem(certificate.chainPem, certificate.keyPem) : null;
      const refusal = pem ? refused.get(certificateId) : 'it holds no certificate with its private key';
      if (!pem || refusal) this.refusals.push(refusal ?? 'it was refused');
      else
        this.usable.push({ certificate, model: { certificateId, file: certificateFile(files, certificateId), pem } });
    }
  }

  /** Of a TCP port: the chosen one, or all. */
  some(certificateId: string | null): CertificateModel[] {
    return this.usable
      .map(({ model }) => model)
      .filter((model) => certificateId === null || model.certificateId === certificateId);
  }

  /** Why there may be fewer than expected, to append to a sentence. */
  get reason(): string {
    return this.refusals.length > 0 ? ` (a certificate was left out: ${this.refusals.join('; ')})` : '';
  }

  /** Of a host: the chosen one, or the one that covers it. */
  for(host: string, certificateId: string | null): CertificateModel | null {
    if (certificateId !== null) return this.some(certificateId)[0] ?? null;
    const has = (name: string) => this.usable.find(({ certificate }) => certificate.names.includes(name))?.model;
    return has(host) ?? has(host.replace(/^[^.]+/, '*')) ?? null;
  }
}
