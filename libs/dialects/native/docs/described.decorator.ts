import { applyDecorators } from '@nestjs/common';
import type * as swagger from '@nestjs/swagger';

type Decorators = readonly (ClassDecorator | MethodDecorator)[];

/** What was said of controllers and handlers and is not part of their description yet. */
const waiting: ((library: typeof swagger) => void)[] = [];

/**
 * Decorates for the management API's description only, and not before somebody asks for that: the library and the
 * schemas of all answers would be ten megabytes of every api's memory.
 */
export function Described(decorators: (library: typeof swagger) => Decorators): ClassDecorator & MethodDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    waiting.push((library) => {
      applyDecorators(...decorators(library))(target, key, descriptor);
    });
  };
}

/** Under which heading a controller's routes are described. */
export const Chapter = (name: string): ClassDecorator => Described(({ ApiTags }) => [ApiTags(name)]);

/** The library, once everything that was said is in its hands. */
export async function describedApi(): Promise<typeof swagger> {
  const library = await import('@nestjs/swagger');
  for (const tell of waiting.splice(0)) tell(library);
  return library;
}
