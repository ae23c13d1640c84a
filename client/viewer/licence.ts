/** Licences that ask no more than to be named and passed on with the weights. */
const PERMISSIVE: ReadonlySet<string> = new Set([
  "Apache-2.0",
  "MIT",
  "MIT-0",
  "ISC",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "0BSD",
  "Unlicense",
  "CC0-1.0",
  "CC-BY-4.0",
]);

/** Whether weights may be taken without asking the person. What is not known may ask anything. */
export function isPermissive(licence: string): boolean {
  return PERMISSIVE.has(licence);
}
