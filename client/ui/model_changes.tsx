import { useEffect, useRef } from "preact/hooks";
import { ModelJobLine } from "./model_job_line.tsx";
import type { ModelsActions, OwnerView } from "./models_props.ts";

/** What was just changed: at the top, where it is seen. */
export function ModelChanges(
  { owner, actions }: { owner: OwnerView; actions: ModelsActions },
) {
  const part = useRef<HTMLElement>(null);
  const { jobs, problem } = owner;
  const newest = jobs.at(-1)?.id;
  useEffect(() => part.current?.scrollIntoView({ block: "nearest" }), [newest, problem]);
  if (jobs.length === 0 && problem === null) return null;
  return (
    <section ref={part} class="models-part" aria-label="Changes">
      {problem !== null && <p class="notice bad" role="alert">{problem}</p>}
      {jobs.toReversed().map((job) => (
        <ModelJobLine
          key={job.id}
          job={job}
          onCancel={(id) => actions.cancelJob(id)}
          onOffer={(id) => actions.acceptOffer(id)}
        />
      ))}
    </section>
  );
}
