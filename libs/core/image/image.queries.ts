import { imageReferencePattern } from '#libs/domain/container/template.js';
import { invalid } from '#libs/domain/error.js';
import { authorize } from '../authorization/authorize.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { ImageInspector, type ImageConfig } from './image-inspector.port.js';

const longest = 512;

export class ImageQueries {
  constructor(private readonly inspector: ImageInspector) {}

  /** What the registry has under the reference now, as anybody may read it. */
  async config(context: RequestContext, reference: string): Promise<ImageConfig> {
    authorize(context, 'service', 'read');
    if (reference.length > longest || !imageReferencePattern.test(reference)) {
      throw invalid('imageReference', `"${reference.slice(0, longest)}" is not an image reference.`);
    }
    return this.inspector.inspect(reference);
  }
}
