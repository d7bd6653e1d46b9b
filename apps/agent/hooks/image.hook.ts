import { Slots } from '#libs/platform/concurrency/slots.js';
import type { PulledImage, PullOptions } from '#libs/runtime/image.js';
import type { RuntimeDriver } from '#libs/runtime/runtime.driver.js';
import { isRuntimeError, RuntimeError } from '#libs/runtime/runtime.error.js';
import type { ImageGrants } from '../state/image-grants.js';
import type { HookContainer, RuntimeHook, SpecPart } from './runtime.hook.js';

const parallelPulls = 3;
/** Containers of one deployment come within moments of each other; what was found for the first holds for them. */
const sharedMs = 500;

interface Pull {
  image: Promise<PulledImage>;
  /** It came, and may be gone again: whoever could not be made of it looks anew. */
  ended: boolean;
}

/**
 * Brings the image by the template's pull policy. Containers that want the same one at once share a pull, or a look at
 * the image that is there. An image that was pulled with one project's credentials is on this node for that project
 * only: another one that names it has to be let in by the registry first.
 */
export class ImageHook implements RuntimeHook {
  readonly name = 'image';
  private readonly slots = new Slots(parallelPulls);
  private readonly pulls = new Map<string, Pull>();

  constructor(
    private readonly driver: RuntimeDriver,
    private readonly grants: ImageGrants,
  ) {}

  async prepare(container: HookContainer): Promise<SpecPart> {
    container.pulling();
    const { imageId, digest } = await orAborted(this.shared(container), container.signal);
    return { imageId, imageDigest: digest };
  }

  private shared(container: HookContainer): Promise<PulledImage> {
    const { template, assignment } = container;
    const { credentials, projectId } = assignment;
    // Never shared between projects: one may hold credentials that the other lacks.
    const key = JSON.stringify([projectId, template.pullPolicy, template.image, credentials?.username]);
    const present = this.pulls.get(key);
    if (present && !(present.ended && container.retrying)) return present.image;
    const pull: Pull = { image: this.slots.run(() => this.bring(container)), ended: false };
    this.pulls.set(key, pull);
    const drop = () => {
      if (this.pulls.get(key) === pull) this.pulls.delete(key);
    };
    const keep = () => {
      pull.ended = true;
      setTimeout(drop, sharedMs).unref();
    };
    pull.image.then(template.pullPolicy === 'always' ? drop : keep, drop);
    return pull.image;
  }

  private async bring(container: HookContainer): Promise<PulledImage> {
    const { template, assignment } = container;
    const before = await this.present(template.image);
    if (before && template.pullPolicy !== 'always') {
      if (await this.grants.allows(before.imageId, assignment.projectId)) return before;
      if (template.pullPolicy === 'never') throw absent(template.image);
    }
    if (!before && template.pullPolicy === 'never') throw absent(template.image);
    const pulled = await this.pull(container, before ? 'always' : 'missing');
    if (!assignment.credentials) await this.grants.open(pulled.imageId);
    else if (pulled.imageId !== before?.imageId || !(await this.grants.allows(pulled.imageId, assignment.projectId)))
      await this.grants.grant(pulled.imageId, assignment.projectId);
    return pulled;
  }

  private pull({ template, assignment }: HookContainer, policy: PullOptions['policy']): Promise<PulledImage> {
    const { credentials } = assignment;
    return this.driver.pull(template.image, {
      policy,
      ...(credentials && { credentials: { username: credentials.username, password: credentials.password } }),
    });
  }

  private async present(image: string): Promise<PulledImage | null> {
    try {
      return await this.driver.pull(image, { policy: 'never' });
    } catch (error) {
      if (isRuntimeError(error, 'image-not-found')) return null;
      throw error;
    }
  }
}

const absent = (image: string) =>
  new RuntimeError('image-not-found', `The image ${image} is not on this node and is not to be pulled.`);

/** The pull itself goes on: others may wait for it, and the layers are of use next time. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new RuntimeError('aborted', 'The assignment changed.'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
