import { Slots } from '#libs/platform/concurrency/slots.js';
import type { PulledImage } from '#libs/runtime/image.js';
import type { RuntimeDriver } from '#libs/runtime/runtime.driver.js';
import { RuntimeError } from '#libs/runtime/runtime.error.js';
import type { HookContainer, RuntimeHook, SpecPart } from './runtime.hook.js';

const parallelPulls = 3;

/** Brings the image by the template's pull policy. Containers that want the same one at once share a pull. */
export class ImageHook implements RuntimeHook {
  readonly name = 'image';
  private readonly slots = new Slots(parallelPulls);
  private readonly pulls = new Map<string, Promise<PulledImage>>();

  constructor(private readonly driver: RuntimeDriver) {}

  async prepare(container: HookContainer): Promise<SpecPart> {
    container.pulling();
    const { imageId, digest } = await orAborted(this.pull(container), container.signal);
    return { imageId, imageDigest: digest };
  }

  private pull({ template, assignment }: HookContainer): Promise<PulledImage> {
    const { credentials, projectId } = assignment;
    // Never shared between projects: one may hold credentials that the other lacks.
    const key = JSON.stringify([projectId, template.pullPolicy, template.image, credentials?.username]);
    const present = this.pulls.get(key);
    if (present) return present;
    const pull = this.slots
      .run(() =>
        this.driver.pull(template.image, {
          policy: template.pullPolicy,
          ...(credentials && { credentials: { username: credentials.username, password: credentials.password } }),
        }),
      )
      .finally(() => this.pulls.delete(key));
    this.pulls.set(key, pull);
    return pull;
  }
}

/** The pull itself goes on: others may wait for it, and the layers are of use next time. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new RuntimeError('aborted', 'The assignment changed.'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
