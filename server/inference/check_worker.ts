import type { BoundedRequest, CheckAnswer } from "../../models/model_check.ts";
import { tryModel } from "./model_trial.ts";

// ENTRY of the Worker in which `check_model.ts` has one model tried.

/** What a Worker's global scope has; the library of types that names it excludes the window's. */
const scope = self as unknown as {
  onmessage: (event: MessageEvent<BoundedRequest>) => void;
  postMessage(answer: CheckAnswer): void;
};

scope.onmessage = async ({ data }) => scope.postMessage(await tryModel(data));
