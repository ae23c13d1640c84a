/** Something that a person turns on or off on this device. */
export interface StoredSwitch {
  isOn(): boolean;
  set(isOn: boolean): void;
}

/**
 * Remembered in this browser; where its storage is shut, for as long as the page lives.
 * @param isOnAtFirst Until the person chooses.
 */
export function storedSwitch(
  key: string,
  { storage, isOnAtFirst }: {
    storage: () => Pick<Storage, "getItem" | "setItem">;
    isOnAtFirst: boolean;
  },
): StoredSwitch {
  let isOn = isOnAtFirst;
  try {
    const stored = storage().getItem(key);
    if (stored === "on" || stored === "off") isOn = stored === "on";
  } catch {
    // As at first.
  }
  return {
    isOn: () => isOn,
    set(next) {
      isOn = next;
      try {
        storage().setItem(key, next ? "on" : "off");
      } catch {
        // Forgotten with the page.
      }
    },
  };
}
