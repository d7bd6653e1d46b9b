import { Inject, Injectable, RequestMethod, type OnModuleInit, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { holdersOf } from '#libs/core/authorization/table.js';
import { allowedKey, publicKey, type Allowed } from './allow.decorator.js';

export interface Route {
  method: string;
  /** As declared, with `:parameters`; one slash at the start. */
  path: string;
  /** `Controller.method`, to find it by. */
  handler: string;
  /** Null: public. */
  allowed: Allowed | null;
}

// Where Nest's own decorators keep a route's parts.
const pathKey = 'path';
const methodKey = 'method';

/** Every route there is, with what it needs. A process with an undeclared handler does not start. */
@Injectable()
export class RouteRegistry implements OnModuleInit {
  private known: Route[] = [];

  constructor(
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(MetadataScanner) private readonly scanner: MetadataScanner,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {}

  get routes(): readonly Route[] {
    return this.known;
  }

  onModuleInit(): void {
    const controllers = this.discovery.getControllers().flatMap(({ metatype }) => (metatype ? [metatype as Type] : []));
    this.known = controllers.flatMap((controller) => this.routesOf(controller));
    const wrong = this.known.filter(({ allowed }) => allowed && holdersOf(allowed.resource, allowed.verb).length === 0);
    if (wrong.length > 0) {
      throw new Error(`The authorization table allows nobody: ${wrong.map((route) => route.handler).join(', ')}.`);
    }
  }

  private routesOf(controller: Type): Route[] {
    const prototype = controller.prototype as Record<string, () => unknown>;
    return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
      const handler = prototype[name] as () => unknown;
      const method = this.reflector.get<RequestMethod | undefined>(methodKey, handler);
      if (method === undefined) return [];
      const allowed = this.reflector.get<Allowed | undefined>(allowedKey, handler) ?? null;
      const open = this.reflector.getAllAndOverride<boolean | undefined>(publicKey, [handler, controller]) === true;
      const title = `${controller.name}.${name}`;
      if (!allowed && !open) throw new Error(`${title} declares neither what it needs (@Allow) nor @Public().`);
      const bases = this.pathsOf(controller);
      return this.pathsOf(handler).flatMap((path) =>
        bases.map((base) => ({ method: RequestMethod[method], path: join(base, path), handler: title, allowed })),
      );
    });
  }

  private pathsOf(target: Type | (() => unknown)): string[] {
    const path = this.reflector.get<string | string[] | undefined>(pathKey, target) ?? '';
    return Array.isArray(path) ? path : [path];
  }
}

function join(base: string, path: string): string {
  const parts = [base, path].flatMap((part) => part.split('/')).filter((part) => part !== '');
  const trailing = (path === '' || path === '/' ? base : path).endsWith('/') && parts.length > 0 ? '/' : '';
  return `/${parts.join('/')}${trailing}`;
}
