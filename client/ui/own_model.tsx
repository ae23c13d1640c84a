import type { ModelsActions, OwnerView } from "../models/models_props.ts";
import { FileButton } from "./file_button.tsx";

/** Adding a model of the person's own. */
export function OwnModel(
  { owner, actions }: { owner: OwnerView; actions: ModelsActions },
) {
  const { canChange } = owner;
  return (
    <section class="models-part" aria-labelledby="add-heading" data-testid="models-owner">
      <h3 id="add-heading">A model of your own</h3>
      {canChange === true && (
        <div class="row">
          <FileButton
            words="Choose an .onnx file"
            label="Model file"
            accept=".onnx"
            testId="model-file"
            onFile={(file) => actions.add(file)}
          />
          <span class="small soft">
            or drop it here. It stays on this computer, where it is checked and tried once.
          </span>
        </div>
      )}
      {canChange === false && (
        <p class="small soft">
          Models cannot be changed here: the server runs from an image, or was not started with
          ./start.sh.
        </p>
      )}
    </section>
  );
}
