/** What calling a trigger does to its service. */
export const triggerOperations = ['redeploy', 'scale-up'] as const;
export type TriggerOperation = (typeof triggerOperations)[number];
