/** Identifiers are UUID version 4 in lower case; the brand keeps one kind from being passed as another. */
type Brand<B extends string> = string & { readonly __brand: B };

export type OrganizationId = Brand<'organization'>;
export type ProjectId = Brand<'project'>;
export type UserId = Brand<'user'>;
export type ApiKeyId = Brand<'apiKey'>;
export type StackId = Brand<'stack'>;
export type ServiceId = Brand<'service'>;
export type ContainerId = Brand<'container'>;
export type VolumeId = Brand<'volume'>;
export type NodeId = Brand<'node'>;
export type NodeClusterId = Brand<'nodeCluster'>;
export type DeploymentId = Brand<'deployment'>;
export type ActionId = Brand<'action'>;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** True for a whole, lower-case UUID: what may be compared with an id column. */
export const isId = (text: string): boolean => uuid.test(text);
