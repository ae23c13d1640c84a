import { useRef } from "preact/hooks";
import type { ModelsActions, OwnerView } from "./models_props.ts";

/** Adding a model of the person's own. */
export function OwnModel(
  { owner, actions }: { owner: OwnerView; actions: ModelsActions },
) {
  const input = useRef<HTMLInputElement>(null);
  const { canChange } = owner;
  return (
    <section class="models-part" aria-labelledby="add-heading" data-testid="models-owner">
      <h3 id="add-heading">A model of your own</h3>
      {canChange === true && (
        <div class="row">
          <button type="button" class="button" onClick={() => input.current!.click()}>
            Choose an .onnx file
          </button>
          <span class="small soft">
            or drop it here. It stays on this computer, where it is checked and tried once.
          </span>
          <input
            ref={input}
            type="file"
            accept=".onnx"
            aria-label="Model file"
            data-testid="model-file"
            hidden
            onChange={(event) => {
              const field = event.currentTarget;
              const file = field.files?.[0];
              if (file !== undefined) actions.add(file);
              // The same file can be chosen again.
              field.value = "";
            }}
          />
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
