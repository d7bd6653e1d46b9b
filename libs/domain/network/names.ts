export interface NamedMember {
  name: string;
  /** Null for a standalone container, which goes by its own name. */
  serviceName: string | null;
  stackName: string | null;
  ordinal: number;
}

/**
 * What a container is known by in its project: `local` ones inside its own stack (a container without a stack, in
 * every stack that does not use the name itself), `anywhere` in all of the project. Links add names of their own.
 */
export function namesOf({ name, serviceName, stackName, ordinal }: NamedMember): {
  local: string[];
  anywhere: string[];
} {
  if (serviceName === null) return { local: [], anywhere: [name] };
  const own = [serviceName, `${serviceName}-${ordinal}`];
  if (stackName === null) return { local: [], anywhere: own };
  return { local: own, anywhere: own.map((one) => `${one}.${stackName}`) };
}
