// This module is browser compatible.
import type * as v from "valibot";

/**
 * What is wrong with a value, for whoever wrote the program that sent it: the first field at fault and
 * what belongs there. Nothing of what came is repeated, neither a value nor an unknown key; so not for
 * schemas with records, whose keys come from outside.
 */
export function faultText([issue]: readonly [v.BaseIssue<unknown>, ...unknown[]]): string {
  const keys = (issue.path ?? []).map(({ key }) => String(key));
  const isOfKey = issue.type === "strict_object" || issue.type === "object";
  if (isOfKey && issue.expected === "never") {
    return `${placeOf(keys.slice(0, -1))} has a field too many`;
  }
  if (isOfKey && keys.length > 0 && issue.expected === `"${keys.at(-1)}"`) {
    return `${placeOf(keys.slice(0, -1))} lacks ${issue.expected}`;
  }
  return `${placeOf(keys)} must be ${issue.expected ?? "of another form"}`;
}

function placeOf(keys: readonly string[]): string {
  return keys.length === 0 ? "it" : keys.join(".");
}
