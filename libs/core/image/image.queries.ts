import { imageReferencePattern } from '#libs/domain/container/template.js';
import { invalid, notFound } from '#libs/domain/error.js';
import { repositoryOf } from '#libs/domain/registry/repository-name.js';
import { authorize } from '../authorization/authorize.js';
import type { PlainCredentials } from '../registry/registry-prober.port.js';
import type { SealedRegistry } from '../registry/registry.repository.port.js';
import { RegistryVault } from '../registry/registry.vault.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import { ImageInspector, type ImageConfig } from './image-inspector.port.js';

const longest = 512;

/** Whose credentials an image is asked for with: nobody's, those that fit of the project, or one registry's. */
export type ImageAsker = { as: 'anybody' } | { as: 'project' } | { as: 'registry'; id: string };

export class ImageQueries {
  constructor(
    private readonly inspector: ImageInspector,
    private readonly work: UnitOfWork,
    private readonly vault: RegistryVault,
  ) {}

  /** What the registry has under the reference now. */
  async config(context: RequestContext, reference: string, asker: ImageAsker): Promise<ImageConfig> {
    authorize(context, 'service', 'read');
    if (reference.length > longest || !imageReferencePattern.test(reference)) {
      throw invalid('imageReference', `"${reference.slice(0, longest)}" is not an image reference.`);
    }
    return this.inspector.inspect(reference, await this.credentials(context, reference, asker));
  }

  /** Of what the registry has under the reference now, asked with the project's credentials. Errors: the inspector's. */
  async digest(context: RequestContext, reference: string): Promise<string> {
    authorize(context, 'service', 'read');
    return this.inspector.digest(reference, await this.credentials(context, reference, { as: 'project' }));
  }

  private async credentials(
    context: RequestContext,
    reference: string,
    asker: ImageAsker,
  ): Promise<PlainCredentials | null> {
    if (asker.as === 'anybody') return null;
    authorize(context, 'registry', 'read');
    const name = repositoryOf(reference);
    const registry = await this.work.tenantRead(context, (tx) =>
      asker.as === 'registry'
        ? tx.registries.byId(context.projectId, asker.id)
        : tx.registries.fitting(context.projectId, name),
    );
    if (asker.as === 'registry') {
      if (!registry) throw notFound('registry');
      // The password is for its own host only, whoever asks.
      if (registry.host !== name.host) {
        throw invalid('imageReference', `"${reference}" is not in the registry "${registry.host}".`);
      }
    }
    return registry && this.opened(registry);
  }

  private opened({ id, username, sealedPassword }: SealedRegistry): PlainCredentials | null {
    if (username === null || sealedPassword === null) return null;
    return { username, password: this.vault.open(sealedPassword, id) };
  }
}
