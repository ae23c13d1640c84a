import { type ServedModel, sizeName } from "@/protocol";
import { storedMap } from "../base/stored_map.ts";

/** What a measurement belongs to. */
type Measured = Pick<ServedModel, "sha256" | "input">;

/** Remembers how long a model's run takes: warm, alone, at its largest size, ms. */
export interface RunMemory {
  /** `null`: it never ran here. */
  recall(model: Measured): number | null;
  remember(model: Measured, runMs: number): void;
}

/** More models than anybody has at hand. */
const MAX_ENTRIES = 64;

/** Remembered in this browser, for one version of it: another one may be faster. */
export function storedRunMemory(
  storage: () => Pick<Storage, "getItem" | "setItem">,
  userAgent: string,
): RunMemory {
  const runs = storedMap({
    storage,
    key: "peerlens.runs",
    maxEntries: MAX_ENTRIES,
    isValue: (value): value is number =>
      typeof value === "number" && value > 0 && Number.isFinite(value),
  });
  const nameOf = ({ sha256, input }: Measured) => `${sha256} ${sizeName(input, 0)} ${userAgent}`;
  return {
    recall: (model) => runs.get(nameOf(model)),
    // A clock that is made coarse against spying may show nothing at all.
    remember: (model, runMs) =>
      runs.set(nameOf(model), Math.max(0.01, Math.round(runMs * 100) / 100)),
  };
}
