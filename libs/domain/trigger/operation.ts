/** What calling a trigger does to its service. `pull` asks the registry for the image anew and redeploys. */
export const triggerOperations = ['redeploy', 'scale-up', 'pull'] as const;
export type TriggerOperation = (typeof triggerOperations)[number];
