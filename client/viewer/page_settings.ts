import { type Display, DISPLAYS } from "@/protocol";

/** What the page's own address says, before the `#`. */
export interface PageSettings {
  /** `clean=1`: picture and boxes only. */
  readonly isClean: boolean;
  /** `display=live` or `display=synced`. */
  readonly display: Display;
  /** `predict=0`: boxes of the live view stay where they were found, to see what moving them gains. */
  readonly predict: boolean;
}

/** Reads the query of the page's address; what it does not say, or says wrongly, is as usual. */
export function readPageSettings(search: string): PageSettings {
  const query = new URLSearchParams(search);
  const display = DISPLAYS.find((known) => known === query.get("display"));
  return {
    isClean: query.get("clean") === "1",
    display: display ?? "live",
    predict: query.get("predict") !== "0",
  };
}
