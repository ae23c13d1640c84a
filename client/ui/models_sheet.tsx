import { ModelWishes } from "./model_wishes.tsx";
import { ModelsHere } from "./models_here.tsx";
import type { ModelsActions, ModelsView, OwnerView } from "../models/models_props.ts";
import { ModelsToHave } from "./models_to_have.tsx";
import { OwnModel } from "./own_model.tsx";
import { Sheet } from "./sheet.tsx";
import { useEffect, useRef } from "preact/hooks";
import { ModelJobLine } from "./model_job_line.tsx";

/** Which models are here and can be had, and choosing one. */
export function ModelsSheet({ view, isOpen, actions }: {
  view: ModelsView | null;
  isOpen: boolean;
  actions: ModelsActions;
}) {
  const mayAdd = view?.owner?.canChange === true;
  return (
    <Sheet
      id="models"
      heading="Models"
      isOpen={isOpen}
      isWide
      onClose={() => actions.close()}
      {...(mayAdd ? { onFile: (file) => actions.add(file) } : {})}
    >
      {view !== null && (
        <>
          {view.owner !== null && <ModelChanges owner={view.owner} actions={actions} />}
          <ModelWishes view={view} actions={actions} />
          <ModelsHere view={view} actions={actions} />
          {view.owner !== null && <OwnModel owner={view.owner} actions={actions} />}
          {view.owner !== null && (
            <ModelsToHave
              models={view.owner.available}
              canChange={mayAdd}
              onPull={(id, acceptedLicence) => actions.pull(id, acceptedLicence)}
              onCancel={(job) => actions.cancelJob(job)}
              onOffer={(job) => actions.acceptOffer(job)}
            />
          )}
        </>
      )}
    </Sheet>
  );
}

/** What was just changed: at the top, where it is seen. */
function ModelChanges(
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
