import { Body, Controller, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { TriggerCalls, type CalledTrigger, type TriggerCall } from '#libs/core/trigger/trigger.calls.js';
import { isId } from '#libs/domain/id.js';
import { Admission } from '../../kit/access/admission.js';
import { Public } from '../../kit/access/allow.decorator.js';
import type { HttpRequest } from '../../kit/access/http-request.js';
import { requestOrigin } from '../../kit/access/request-origin.js';
import { answerAction, type WireReply } from '../wire/answer.js';
import { IdPipe } from '../wire/id.pipe.js';
import { callAddress, readTriggerCall, toTrigger } from './trigger.translate.js';

/**
 * With a trigger's secret in the address no credential is asked for; with its id, as SDKs call it, one is. Either way
 * the answer is 202, and a secret that fits no trigger is 404.
 */
@Controller(['api/app/v1/service/:uuid/trigger/:trigger', 'api/app/v1/:namespace/service/:uuid/trigger/:trigger'])
export class TriggerCallController {
  constructor(
    @Inject(TriggerCalls) private readonly calls: TriggerCalls,
    @Inject(Admission) private readonly admission: Admission,
  ) {}

  @Post(['call', 'call/:count'])
  @Public()
  async call(
    @Req() request: HttpRequest,
    @Param('namespace') namespace: string | undefined,
    @Param('uuid', IdPipe) serviceId: string,
    @Param('trigger') trigger: string,
    @Param('count') count: string | undefined,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    const call = () => readTriggerCall(count, body);
    const called = isId(trigger.toLowerCase())
      ? await this.byId(request, namespace, serviceId, trigger.toLowerCase(), call)
      : await this.calls.bySecret(
          { namespace: namespace ?? null, serviceId, stackId: null, operation: null, secret: trigger },
          call(),
          requestOrigin(request),
          callAddress,
        );
    answerAction(reply, called.action);
    return toTrigger(called.trigger, called.namespace);
  }

  private async byId(
    request: HttpRequest,
    namespace: string | undefined,
    serviceId: string,
    id: string,
    call: () => TriggerCall,
  ): Promise<CalledTrigger> {
    const tenant = namespace === undefined ? null : ({ kind: 'project', idOrNamespace: namespace } as const);
    const context = await this.admission.admit(request, tenant, { resource: 'trigger', verb: 'start' });
    return this.calls.byUser(context, serviceId, id, call());
  }
}
