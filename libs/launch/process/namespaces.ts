/** Where a program runs when not in this process's own network and mounts: the files that name the namespaces. */
export interface Namespaces {
  net: string;
  mount: string;
}

/**
 * The command line that runs a program in the namespaces, or as it is without any. The way in replaces itself by
 * exec, so the pid stays that of the program. `ip netns exec` would not do: it mounts /sys anew and hides cgroups.
 */
export function entering(
  namespaces: Namespaces | undefined,
  command: string,
  args: readonly string[],
): { command: string; args: string[] } {
  if (!namespaces) return { command, args: [...args] };
  return {
    command: 'nsenter',
    args: [`--net=${namespaces.net}`, `--mount=${namespaces.mount}`, '--', command, ...args],
  };
}
