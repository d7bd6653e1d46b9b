import { canonicalHost, type RepositoryName } from '#libs/domain/registry/repository-name.js';
import { authorize } from '../authorization/authorize.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';

/** Word from a registry that something was pushed. Nothing is believed of it: the registry is asked at once. */
export class ImageNotices {
  constructor(private readonly work: UnitOfWork) {}

  /** Returns how many images of the project are asked for now. */
  async pushed(context: RequestContext, repositories: RepositoryName[]): Promise<number> {
    authorize(context, 'service', 'redeploy');
    if (repositories.length === 0) return 0;
    const names = repositories.map(({ host, path }) => ({ host: canonicalHost(host), path }));
    return this.work.tenant(context, async (tx) => tx.imageWatches.hint(context.projectId, names));
  }
}
