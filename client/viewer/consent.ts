/** Whether frames may go to the server, as this browser's user said. */
export interface Consent {
  isGiven(): boolean;
  give(): void;
}

const KEY = "peerlens.consent.server";

/** Remembered in this browser; where its storage is shut, for as long as the page lives. */
export function storedConsent(storage: () => Pick<Storage, "getItem" | "setItem">): Consent {
  let isGiven = false;
  try {
    isGiven = storage().getItem(KEY) === "given";
  } catch {
    // Asked again on the next visit.
  }
  return {
    isGiven: () => isGiven,
    give() {
      isGiven = true;
      try {
        storage().setItem(KEY, "given");
      } catch {
        // As above.
      }
    },
  };
}
