// This module is browser compatible.

/**
 * Version of every message in this folder. A peer that speaks another one is refused with
 * `bad-version` and told to reload its page; the README section of a message changes in the same
 * commit as this number.
 */
export const PROTOCOL_VERSION = 13;
