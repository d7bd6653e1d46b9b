import { Controller, Get, Post, type Type } from '@nestjs/common';
import { MetadataScanner, Reflector, type DiscoveryService } from '@nestjs/core';
import { Allow, Public } from './allow.decorator.js';
import { RouteRegistry } from './route-registry.js';

const registryOf = (...controllers: Type[]) => {
  const discovery = { getControllers: () => controllers.map((metatype) => ({ metatype })) };
  return new RouteRegistry(discovery as unknown as DiscoveryService, new MetadataScanner(), new Reflector());
};

@Controller(['things', ':namespace/things'])
class Things {
  @Allow('stack', 'read')
  @Get()
  list() {}

  @Allow('stack', 'start')
  @Post(':id/start/')
  start() {}

  @Public()
  @Get('open')
  open() {}

  ordinary() {}
}

@Controller('forgotten')
class Forgotten {
  @Get()
  list() {}
}

@Controller('nobody')
class Nobody {
  @Allow('logs', 'delete')
  @Get()
  list() {}
}

it('knows every address with what it needs', () => {
  const registry = registryOf(Things);
  registry.onModuleInit();
  expect(registry.routes.map(({ method, path, allowed }) => [method, path, allowed?.verb ?? null])).toEqual([
    ['GET', '/things', 'read'],
    ['GET', '/:namespace/things', 'read'],
    ['POST', '/things/:id/start/', 'start'],
    ['POST', '/:namespace/things/:id/start/', 'start'],
    ['GET', '/things/open', null],
    ['GET', '/:namespace/things/open', null],
  ]);
});

it('does not let a process start with a handler that declares nothing, or something nobody may do', () => {
  expect(() => registryOf(Things, Forgotten).onModuleInit()).toThrow('Forgotten.list declares neither');
  expect(() => registryOf(Nobody).onModuleInit()).toThrow('allows nobody: Nobody.list');
});
