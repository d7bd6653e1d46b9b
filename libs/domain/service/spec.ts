import { z } from 'zod';
import { containerTemplate, namePattern } from '../container/template.js';
import { namingSchemes } from '../discovery/naming-scheme.js';

/** Restart by the agent on the node, without the control plane. Source: stack-file reference, `restart`. */
export const restartPolicy = z.strictObject({
  condition: z.enum(['never', 'on-failure', 'always']).default('never'),
  /** First wait; doubled for every further failure up to `maxDelayMs`. 0 restarts at once. */
  delayMs: z.int().min(0).max(3_600_000).default(0),
  maxDelayMs: z.int().min(0).max(3_600_000).default(300_000),
  /** 0 is without limit. */
  maxAttempts: z.int().min(0).max(1_000_000).default(0),
  /** A run at least this long forgets earlier failures. */
  resetAfterMs: z.int().min(0).max(86_400_000).default(10_000),
});
export type RestartPolicy = z.infer<typeof restartPolicy>;

/** Defaults are SwarmKit's update defaults, except that a rollout replaces all at once only with `recreate`. */
export const rolloutPolicy = z.strictObject({
  kind: z.enum(['recreate', 'rolling']).default('rolling'),
  /** How many slots change at once; 0 is all. */
  parallelism: z.int().min(0).max(10_000).default(1),
  delayMs: z.int().min(0).max(3_600_000).default(0),
  /** `automatic`: start-first for a service with a route and neither volumes nor fixed host ports, else stop-first. */
  order: z.enum(['automatic', 'stop-first', 'start-first']).default('automatic'),
  /** A replacement that fails within this time of running counts against the rollout. */
  monitorMs: z.int().min(0).max(3_600_000).default(5_000),
  /** Failures divided by slots that trips `failureAction`. */
  maxFailureRatio: z.number().min(0).max(1).default(0),
  failureAction: z.enum(['pause', 'rollback', 'continue']).default('pause'),
  /** A slot that is not up and healthy by then has failed. */
  progressDeadlineMs: z.int().min(1_000).max(86_400_000).default(600_000),
});
export type RolloutPolicy = z.infer<typeof rolloutPolicy>;

export const placement = z.strictObject({
  strategy: z.enum(['emptiest-node', 'high-availability', 'every-node']).default('emptiest-node'),
  /** A node must carry all of them. */
  tags: z.array(z.string().min(1).max(128)).max(64).default([]),
});
export type Placement = z.infer<typeof placement>;

export const serviceLink = z.strictObject({
  /** Name the linked service is known by inside the container. */
  alias: z.string().min(1).max(128),
  /** Id of the linked service. */
  serviceId: z.uuid(),
  /** Copy the linked service's variables that are taken for secrets, too. */
  secrets: z.boolean().default(false),
});

export const serviceSpec = z.strictObject({
  name: z
    .string()
    .regex(namePattern, 'A name has 1 to 63 letters, digits, ".", "_" or "-" and starts with a letter or digit.'),
  displayName: z.string().max(128).nullable().default(null),
  template: containerTemplate,
  replicas: z.int().min(0).max(10_000).default(1),
  placement: placement.default(() => placement.parse({})),
  restart: restartPolicy.default(() => restartPolicy.parse({})),
  /** Remove a container whose process ended; looked at after the restart policy. */
  autodestroy: z.enum(['never', 'on-success', 'always']).default('never'),
  rollout: rolloutPolicy.default(() => rolloutPolicy.parse({})),
  /** Redeploy when the image's tag moves. */
  autoredeploy: z.boolean().default(false),
  /** Start one container at a time, each after the one before is running. */
  sequential: z.boolean().default(false),
  links: z.array(serviceLink).max(128).default([]),
  /** Services whose volumes every container of this one also mounts; forces the same nodes. */
  volumesFrom: z.array(z.uuid()).max(16).default([]),
  roles: z
    .array(z.enum(['global']))
    .max(1)
    .default([]),
  /** How the variables are called that the platform adds to the containers' own. */
  naming: z.enum(namingSchemes).default('plain'),
});
export type ServiceSpec = z.infer<typeof serviceSpec>;
export type ServiceSpecInput = z.input<typeof serviceSpec>;
