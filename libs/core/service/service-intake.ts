import type { z } from 'zod';
import { DomainError, invalid } from '#libs/domain/error.js';
import type { Transaction } from '../unit-of-work/unit-of-work.port.js';
import { serviceSpec, type ServiceSpec, type ServiceSpecInput } from '#libs/domain/service/spec.js';

/** A service as a client gives it: links and volume sources may name a service instead of giving its id. */
export type ServiceInput = Omit<ServiceSpecInput, 'links' | 'volumesFrom'> & {
  links?: { alias: string; service: string; secrets?: boolean | undefined }[];
  volumesFrom?: string[];
};

/** Finds the id of a service by id or name, or null. */
export type ServiceLookup = (reference: string) => string | null;

export function firstIssue(error: z.ZodError): DomainError {
  const fields = error.issues.map((issue) => ({ field: issue.path.join('.'), message: sentence(issue) }));
  const first = fields[0] ?? { field: '', message: 'The definition is not valid.' };
  return new DomainError('invalid', first.message, { field: first.field, fields });
}

function sentence(issue: z.core.$ZodIssue): string {
  const field = issue.path.join('.');
  const text = issue.message.endsWith('.') ? issue.message : `${issue.message}.`;
  return field ? `${field}: ${text}` : text;
}

/** Checks the whole definition and resolves its references; throws `invalid` naming the field. */
export function takeService(input: ServiceInput, lookup: ServiceLookup, field = ''): ServiceSpec {
  const at = (path: string) => (field ? `${field}.${path}` : path);
  const resolve = (reference: string, path: string) => {
    const id = lookup(reference);
    if (!id) throw invalid(at(path), `${at(path)}: there is no service "${reference}" here.`);
    return id;
  };
  const links = (input.links ?? []).map((link, i) => ({
    alias: link.alias,
    serviceId: resolve(link.service, `links.${i}.service`),
    secrets: link.secrets ?? false,
  }));
  const volumesFrom = (input.volumesFrom ?? []).map((reference, i) => resolve(reference, `volumesFrom.${i}`));
  const parsed = serviceSpec.safeParse({ ...input, links, volumesFrom });
  if (!parsed.success) throw firstIssue(parsed.error);
  const spec = parsed.data;
  checkInvariants(spec, at);
  return spec;
}

function checkInvariants(spec: ServiceSpec, at: (path: string) => string): void {
  if (spec.restart.condition === 'always' && spec.autodestroy !== 'never') {
    throw invalid(
      at('autodestroy'),
      'A service that always restarts cannot also destroy its containers when they stop.',
    );
  }
  const ports = new Set<string>();
  for (const [i, port] of spec.template.ports.entries()) {
    if (port.hostPort === null) continue;
    const key = `${port.hostPort}/${port.protocol}`;
    if (ports.has(key))
      throw invalid(at(`template.ports.${i}.hostPort`), `Port ${key} of the host is published twice.`);
    ports.add(key);
  }
  const targets = new Set<string>();
  for (const [i, mount] of spec.template.mounts.entries()) {
    if (targets.has(mount.target))
      throw invalid(at(`template.mounts.${i}.target`), `${mount.target} is mounted twice.`);
    targets.add(mount.target);
  }
  const { memoryBytes, memorySwapBytes } = spec.template.resources;
  if (memoryBytes !== null && memorySwapBytes !== null && memorySwapBytes > 0 && memorySwapBytes < memoryBytes) {
    throw invalid(at('template.resources.memorySwapBytes'), 'Memory and swap together cannot be less than the memory.');
  }
}

/** Loads the named services of the project once; a name is looked for in the given stack first, then outside of one. */
export async function lookupFor(
  tx: Transaction,
  projectId: string,
  references: string[],
  stackId: string | null = null,
  siblings: ReadonlyMap<string, string> = new Map(),
): Promise<ServiceLookup> {
  const outside = references.filter((reference) => !siblings.has(reference));
  const found = outside.length ? await tx.services.resolve(projectId, outside, stackId) : new Map<string, string>();
  return (reference) => siblings.get(reference) ?? found.get(reference) ?? null;
}
