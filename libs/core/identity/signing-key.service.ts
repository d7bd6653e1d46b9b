import { Clock } from '#libs/platform/clock.js';
import { authorize } from '../authorization/authorize.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import { SigningKeys } from './access-tokens.port.js';
import { auditAction } from './audit.js';
import { CredentialInvalidations } from './credential-invalidations.port.js';

export interface SigningKeyView {
  kid: string;
  algorithm: string;
  /** The newest key that is not retired. */
  signs: boolean;
  createdAt: Date;
  retiredAt: Date | null;
}

/** Rotation: make a new key, wait until the last token of the old one has expired, retire the old one. */
export class SigningKeyService {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly keys: SigningKeys,
    private readonly invalidations: CredentialInvalidations,
  ) {}

  async list(context: RequestContext): Promise<SigningKeyView[]> {
    authorize(context, 'signing-key', 'read');
    const keys = await this.work.platformRead((tx) => tx.identity.keys.signingKeys());
    const signing = keys.findLast((key) => key.retiredAt === null)?.kid;
    return keys.map(({ kid, algorithm, createdAt, retiredAt }) => ({
      kid,
      algorithm,
      signs: kid === signing,
      createdAt,
      retiredAt,
    }));
  }

  async rotate(context: RequestContext): Promise<{ kid: string }> {
    authorize(context, 'signing-key', 'create');
    const kid = await this.keys.rotate();
    await this.note(context, 'rotate', kid);
    return { kid };
  }

  async retire(context: RequestContext, kid: string): Promise<void> {
    authorize(context, 'signing-key', 'delete');
    await this.keys.retire(kid);
    await this.note(context, 'retire', kid);
    await this.invalidations.settle();
  }

  private async note(context: RequestContext, verb: string, kid: string): Promise<void> {
    const subject = { resourceType: 'session' as const, resourceId: null, resourceName: `signing key ${kid}` };
    const place = { organizationId: null, projectId: null };
    await this.work.platform((tx) => tx.actions.insert(auditAction(context, verb, subject, this.clock.now(), place)));
  }
}
