/** Browsers whose settings for the camera are found in different places. */
export type BrowserFamily = "chromium" | "safari" | "other";

/** Tells them apart by what they have, not by what they call themselves. */
export function browserFamily(scope: object): BrowserFamily {
  // Only WebKit has pinch gestures as events of their own.
  if ("GestureEvent" in scope) return "safari";
  return "chrome" in scope || "NavigatorUAData" in scope ? "chromium" : "other";
}
