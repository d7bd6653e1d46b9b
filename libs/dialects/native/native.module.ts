import { Module } from '@nestjs/common';
import { ApiKeyController } from './api-key/api-key.controller.js';
import { AuditController } from './audit/audit.controller.js';
import { AuthController } from './auth/auth.controller.js';
import { JwksController } from './auth/jwks.controller.js';
import { HealthController } from './health/health.controller.js';
import { JoinTokenController } from './join-token/join-token.controller.js';
import { MemberController } from './member/member.controller.js';
import { ProjectMemberController } from './member/project-member.controller.js';
import { NodeClusterController } from './node/node-cluster.controller.js';
import { NodeController } from './node/node.controller.js';
import { OrganizationController } from './organization/organization.controller.js';
import { ProjectController } from './project/project.controller.js';
import { QuotaController } from './quota/quota.controller.js';
import { SigningKeyController } from './signing-key/signing-key.controller.js';
import { MeController } from './user/me.controller.js';
import { UserController } from './user/user.controller.js';

/** The management API under /api/v1. Its use cases come from modules that are global in the process. */
@Module({
  controllers: [
    AuthController,
    JwksController,
    MeController,
    OrganizationController,
    MemberController,
    ProjectController,
    ProjectMemberController,
    ApiKeyController,
    UserController,
    NodeController,
    NodeClusterController,
    JoinTokenController,
    QuotaController,
    AuditController,
    SigningKeyController,
    HealthController,
  ],
})
export class NativeModule {}
