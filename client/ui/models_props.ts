import type { ModelWish } from "../viewer/model_pick.ts";
import type { JobView } from "./model_job_line.tsx";
import type { AbsentRow } from "./models_to_have.tsx";

/** A model that is here, in words. */
export interface ModelRow {
  readonly id: string;
  readonly title: string;
  /** Accuracy, size, licence. */
  readonly facts: string;
  /** Frame rate to be expected. */
  readonly rate: string;
  readonly isInUse: boolean;
  readonly isRemovable: boolean;
  /** Why it could not be tried; `null`: nothing is known against it. */
  readonly failure: string | null;
}

/** What a person can have picked. */
export interface WishRow {
  readonly wish: ModelWish;
  readonly name: string;
  readonly meaning: string;
}

/** What only the owner at the server's computer sees. */
export interface OwnerView {
  /** Whether anything can be changed here; `null`: not known. */
  readonly canChange: boolean | null;
  readonly available: readonly AbsentRow[];
  /** Changes that are under way, or over since the page was opened. */
  readonly jobs: readonly JobView[];
  /** Why nothing came of a change; `null` while all is well. */
  readonly problem: string | null;
}

/** What the sheet shows, in words. */
export interface ModelsView {
  readonly wishes: readonly WishRow[];
  /** What is being tried now; `null`: nothing. */
  readonly trial: string | null;
  /** What a wish picked, and why; `null`: nothing yet. */
  readonly outcome: string | null;
  /** Whether that was by times that can be measured anew from here. */
  readonly mayMeasureAgain: boolean;
  /** Which models no wish picks; `null`: there are none. */
  readonly leftOut: string | null;
  readonly rows: readonly ModelRow[];
  /** What the classes of accuracy mean. */
  readonly footnote: string;
  /** Detection is off, so the choice waits. */
  readonly isOff: boolean;
  /** `null`: this page is not the owner's, or not at the server's computer. */
  readonly owner: OwnerView | null;
}

/** What a person does on the sheet. */
export interface ModelsActions {
  close(): void;
  choose(id: string): void;
  pick(wish: ModelWish): void;
  /** The same wish again, with everything measured anew. */
  measureAgain(): void;
  cancelTrial(): void;
  add(file: File): void;
  remove(id: string): void;
  /** `acceptedLicence`: what the person agreed to; `null`: it asks nothing. */
  pull(id: string, acceptedLicence: string | null): void;
  cancelJob(job: number): void;
  /** Does what a job that is over offers. */
  acceptOffer(job: number): void;
}
