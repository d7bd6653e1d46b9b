/** Whose names the variables of a service's containers have. It belongs to the definition. */
export const namingSchemes = ['plain', 'docker-cloud'] as const;
export type NamingScheme = (typeof namingSchemes)[number];
