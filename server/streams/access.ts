import type { Role } from "@/protocol";

/** Whether a role may read a room's results and have pictures examined. Phones only send. */
export function maySee(role: Role | null): boolean {
  return role === "owner" || role === "viewer";
}
