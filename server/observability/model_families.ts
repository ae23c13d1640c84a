import type { ModelAdmin } from "../models/routes.ts";
import { by, counter, type Family } from "./family.ts";

/** What is asked about changes of the models. */
export interface ModelSources {
  readonly modelAdmin: {
    readonly jobs: Pick<ModelAdmin["jobs"], "counts">;
    readonly refusals: Pick<ModelAdmin["refusals"], "counts">;
  };
}

/** Metrics of the changes that were asked for over the network. */
export function modelFamilies({ modelAdmin: { jobs, refusals } }: ModelSources): Family[] {
  return [
    counter(
      "peerlens_model_jobs_total",
      "Changes of the models, by kind and what became of them",
      jobs.counts.map(({ kind, outcome, count }) => ({ labels: { kind, outcome }, value: count })),
    ),
    counter(
      "peerlens_model_refusals_total",
      "Requests about the models that were refused, by cause",
      by("code", refusals.counts),
    ),
  ];
}
