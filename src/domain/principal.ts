/** From the least to the most: each may do what those before it may. */
export const roles = ['viewer', 'operator', 'admin'] as const;

export type Role = (typeof roles)[number];

/** Who acts. */
export interface Principal {
  /** As the audit names it. */
  readonly name: string;
  readonly role: Role;
  /** `machine`: whoever uses this computer, where nobody need sign in; `token`: a program. */
  readonly kind: 'machine' | 'user' | 'token';
}

/** Whether a role is at least another. */
export function reaches(role: Role, least: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(least);
}

/** Values of a claim that stand for each role. */
export type RoleMapping = Readonly<Record<Role, readonly string[]>>;

/** The greatest role that one of the values stands for; undefined where none does. */
export function roleFor(values: readonly string[], mapping: RoleMapping): Role | undefined {
  return roles.findLast((role) => mapping[role].some((value) => values.includes(value)));
}
