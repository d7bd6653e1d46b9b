import { Controller, Get } from '@nestjs/common';
import { z } from 'zod';
import { Public } from '../../kit/access/allow.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';

const healthAnswer = z.object({ status: z.literal('live') });

/** For load balancers that reach this port only; readiness and metrics have a port of their own. */
@Chapter('health')
@Controller('api/v1/health')
export class HealthController {
  @Public()
  @Get()
  @Describe('The API answers.', 200, healthAnswer)
  get(): z.infer<typeof healthAnswer> {
    return { status: 'live' };
  }
}
