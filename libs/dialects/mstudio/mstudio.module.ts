import { Module, UseInterceptors, type DynamicModule, type FactoryProvider } from '@nestjs/common';
import { EventPositions } from '#libs/core/event/event-positions.js';
import { ImagePull } from '#libs/core/image/image.pull.js';
import { ImageQueries } from '#libs/core/image/image.queries.js';
import { ServiceCommands } from '#libs/core/service/service.commands.js';
import { ServiceRenewal } from '#libs/core/service/service.renewal.js';
import { StackCommands } from '#libs/core/stack/stack.commands.js';
import { StackDeclarations } from '#libs/core/stack/stack.declaration.js';
import { WorkloadQueries } from '#libs/core/stack/workload.queries.js';
import { UnitOfWork } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { Clock } from '#libs/platform/clock.js';
import {
  CertificateController,
  CertificateRequestController,
  OneCertificateController,
} from './certificate/certificate.controller.js';
import { DomainController, OneDomainController } from './domain/domain.controller.js';
import { ImageController } from './image/image.controller.js';
import { IngressController, OneIngressController } from './ingress/ingress.controller.js';
import { CustomerMemberController, CustomerMembershipController } from './member/customer-member.controller.js';
import { ProjectMemberController, ProjectMembershipController } from './member/project-member.controller.js';
import { UnservedController } from './operations/unserved.controller.js';
import { CustomerController } from './project/customer.controller.js';
import { ProjectController } from './project/project.controller.js';
import {
  ProjectRegistryController,
  RegistryController,
  RegistryUriController,
} from './registry/registry.controller.js';
import { ServerController } from './server/server.controller.js';
import { ServiceController } from './service/service.controller.js';
import { StackServiceController } from './service/stack-service.controller.js';
import { ProjectStackController } from './stack/project-stack.controller.js';
import { StackController } from './stack/stack.controller.js';
import { SessionController } from './user/session.controller.js';
import { TokenController } from './user/token.controller.js';
import { UserController } from './user/user.controller.js';
import { ProjectVolumeController, StackVolumeController } from './volume/volume.controller.js';
import { WebhookController } from './webhook/webhook.controller.js';
import { ConsistencyInterceptor } from './wire/consistency.interceptor.js';

export interface MstudioOptions {
  /** How long a read waits for an event that it names; 10 s unless given. */
  patienceMs?: number;
}

/**
 * The mStudio API under /v2. The core's use cases are global in the process, which also gives `MstudioErrors` to the
 * kit.
 */
@Module({})
export class MstudioModule {
  static forRoot({ patienceMs = 10_000 }: MstudioOptions = {}): DynamicModule {
    return {
      module: MstudioModule,
      controllers,
      providers: [
        ...useCases,
        {
          provide: EventPositions,
          inject: [UnitOfWork],
          useFactory: (work: UnitOfWork) => new EventPositions(work, patienceMs),
        },
      ],
    };
  }
}

const controllers = [
  CustomerController,
  ProjectController,
  ProjectStackController,
  StackController,
  ServiceController,
  StackServiceController,
  ProjectVolumeController,
  StackVolumeController,
  ImageController,
  ProjectRegistryController,
  RegistryController,
  RegistryUriController,
  WebhookController,
  IngressController,
  OneIngressController,
  CertificateController,
  OneCertificateController,
  CertificateRequestController,
  DomainController,
  OneDomainController,
  UserController,
  SessionController,
  TokenController,
  CustomerMemberController,
  CustomerMembershipController,
  ProjectMemberController,
  ProjectMembershipController,
  ServerController,
  UnservedController,
];
// Not for the whole process: an interceptor costs every call that it sees, also those of other dialects.
for (const controller of controllers) UseInterceptors(ConsistencyInterceptor)(controller);

const useCases: FactoryProvider[] = [
  {
    provide: StackDeclarations,
    inject: [UnitOfWork, Clock, StackCommands, ServiceCommands],
    useFactory: (work: UnitOfWork, clock: Clock, stacks: StackCommands, services: ServiceCommands) =>
      new StackDeclarations(work, clock, stacks, services),
  },
  {
    provide: ServiceRenewal,
    inject: [UnitOfWork, Clock, ServiceCommands],
    useFactory: (work: UnitOfWork, clock: Clock, services: ServiceCommands) =>
      new ServiceRenewal(work, clock, services),
  },
  {
    provide: ImagePull,
    inject: [UnitOfWork, Clock, ImageQueries],
    useFactory: (work: UnitOfWork, clock: Clock, images: ImageQueries) => new ImagePull(work, clock, images),
  },
  {
    provide: WorkloadQueries,
    inject: [UnitOfWork, Clock],
    useFactory: (work: UnitOfWork, clock: Clock) => new WorkloadQueries(work, clock),
  },
];
