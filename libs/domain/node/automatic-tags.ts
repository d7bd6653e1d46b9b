/** Where a host comes from: of which region of the operator's pool it is; null: its owner brought it. */
export type HostOrigin = { region: string } | null;

/**
 * Tags that nobody gives and every node carries: the name of its cluster, where its hosts come from and their region.
 * Source: guides/apps-deploy-tags, "Automatic deployment tags".
 */
export const automaticTags = (clusterName: string | null, origin: HostOrigin): string[] => [
  ...(clusterName === null ? [] : [clusterName]),
  ...(origin ? ['pool', 'byon=false', origin.region] : ['byon', 'byon=true']),
];

/** Own tags of what shows inherited ones as well: those it inherits are not taken for its own when they come back. */
export const ownTags = (sent: readonly string[], own: readonly string[], inherited: readonly string[]): string[] =>
  sent.filter((tag) => own.includes(tag) || !inherited.includes(tag));
