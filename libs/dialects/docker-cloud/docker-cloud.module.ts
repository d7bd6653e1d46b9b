import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { ActionCommands } from '#libs/core/action/action.commands.js';
import { ActionProgress } from '#libs/core/action/action-progress.js';
import { UnitOfWork } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { ActionController } from './action/action.controller.js';
import { AuthController } from './auth/auth.controller.js';
import { ContainerController } from './container/container.controller.js';
import { DockerCloudOptions } from './docker-cloud.options.js';
import { NodeClusterController } from './node-cluster/node-cluster.controller.js';
import { NodeController } from './node/node.controller.js';
import { UnservedController } from './operations/unserved.controller.js';
import { ProviderController } from './provider/provider.controller.js';
import { RegistryController } from './registry/registry.controller.js';
import { RepositoryController } from './repository/repository.controller.js';
import { ServiceController } from './service/service.controller.js';
import { StackController } from './stack/stack.controller.js';
import { TagController } from './tag/tag.controller.js';
import { TokenController } from './token/token.controller.js';
import { TriggerCallController } from './trigger/trigger-call.controller.js';
import { TriggerController } from './trigger/trigger.controller.js';
import { DockerCloudStreams } from './stream/docker-cloud.streams.js';

/**
 * The Docker Cloud API. The use cases of stacks, services, containers, actions, events and nodes, and the kit's
 * Admission, are global or come through `imports`. The process adds three things: `DockerCloudErrors` to the kit,
 * `rewriteDockerCloudUrl` and `allowEmptyBodies` to its server, and `DockerCloudStreams.handle` to its upgrades.
 */
@Module({})
export class DockerCloudModule {
  static forRoot(options: DockerCloudOptions & { imports?: ModuleMetadata['imports'] }): DynamicModule {
    return {
      module: DockerCloudModule,
      imports: options.imports ?? [],
      controllers: [
        AuthController,
        StackController,
        ServiceController,
        TriggerController,
        TriggerCallController,
        ContainerController,
        ActionController,
        RegistryController,
        RepositoryController,
        NodeController,
        NodeClusterController,
        ProviderController,
        TagController,
        TokenController,
        UnservedController,
      ],
      providers: [
        { provide: DockerCloudOptions, useValue: options },
        {
          provide: ActionProgress,
          inject: [UnitOfWork, ActionCommands],
          useFactory: (work: UnitOfWork, actions: ActionCommands) => new ActionProgress(work, actions),
        },
        DockerCloudStreams,
      ],
      exports: [DockerCloudStreams],
    };
  }
}
