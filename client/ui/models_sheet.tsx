import { ModelChanges } from "./model_changes.tsx";
import { ModelWishes } from "./model_wishes.tsx";
import { ModelsHere } from "./models_here.tsx";
import type { ModelsActions, ModelsView } from "./models_props.ts";
import { ModelsToHave } from "./models_to_have.tsx";
import { OwnModel } from "./own_model.tsx";
import { Sheet } from "./sheet.tsx";

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
