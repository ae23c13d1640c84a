/** Whether frames may go to the server, as this browser's user said. */
export interface Consent {
  isGiven(): boolean;
  give(): void;
}

/** What is agreed to: single frames to be examined, or all pictures to be passed on. */
export type ConsentTo = "server" | "relay";

/** Remembered in this browser; where its storage is shut, for as long as the page lives. */
export function storedConsent(
  storage: () => Pick<Storage, "getItem" | "setItem">,
  to: ConsentTo = "server",
): Consent {
  const key = `peerlens.consent.${to}`;
  let isGiven = false;
  try {
    isGiven = storage().getItem(key) === "given";
  } catch {
    // Asked again on the next visit.
  }
  return {
    isGiven: () => isGiven,
    give() {
      isGiven = true;
      try {
        storage().setItem(key, "given");
      } catch {
        // As above.
      }
    },
  };
}
