// node dist/apps/ctl/openapi.js FILE: writes the management API's description. Nothing is started or connected to.
import { writeFileSync } from 'node:fs';
import { Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { SigningKeys } from '#libs/core/identity/access-tokens.port.js';
import { openApi } from '#libs/dialects/native/docs/open-api.js';
import { NativeModule } from '#libs/dialects/native/native.module.js';
import { identityUseCases } from '#libs/identity/use-cases.js';

/** The controllers are only looked at, so nothing stands behind what they are given. */
const standIns = [...identityUseCases, { provide: SigningKeys }].map(({ provide }) => ({ provide, useValue: null }));

@Global()
@Module({ providers: standIns, exports: standIns.map(({ provide }) => provide) })
class StandInModule {}

@Module({ imports: [StandInModule, NativeModule] })
class DescribedModule {}

const file = process.argv[2] ?? 'docs/api/openapi.json';
const app = await NestFactory.create(DescribedModule, new FastifyAdapter(), {
  preview: true,
  logger: ['error'],
  abortOnError: false,
});
writeFileSync(file, `${JSON.stringify(openApi(app), null, 2)}\n`);
