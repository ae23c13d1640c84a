import type { ModelWish } from "./model_pick.ts";

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

/** A model that is not here, in words. */
export interface AbsentRow {
  readonly id: string;
  readonly title: string;
  /** Accuracy, size, licence. */
  readonly facts: string;
  readonly source: string;
  readonly licence: string;
  /** Whether the licence has to be agreed to. */
  readonly asksConsent: boolean;
  /** How to get it where it cannot be downloaded; else `null`. */
  readonly obtain: string | null;
  /** Its download, if there is or was one. */
  readonly job: JobView | null;
}

/** What a person can have picked. */
export interface WishRow {
  readonly wish: ModelWish;
  readonly name: string;
  readonly meaning: string;
}

/** A change of the models, in words. */
export interface JobView {
  readonly id: number;
  /** What it does, or came to. */
  readonly words: string;
  /** What was said besides, line by line; empty: nothing. */
  readonly notes: string;
  readonly isUnderWay: boolean;
  readonly isFailed: boolean;
  /** 0–1; `null`: not known. */
  readonly done: number | null;
  /** What can be done next; `null`: nothing. */
  readonly offer: JobOffer | null;
}

/** What can be done when a change is over. */
export interface JobOffer {
  /** `use`: take the model that was added. `coco`: add the file once more, with COCO's names. */
  readonly kind: "use" | "coco";
  readonly words: string;
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
