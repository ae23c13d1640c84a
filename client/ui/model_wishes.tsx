import type { ModelsActions, ModelsView } from "./models_props.ts";

/** Has a model picked: what each wish means, how far that is, and what it picked. */
export function ModelWishes(
  { view, actions }: { view: ModelsView; actions: ModelsActions },
) {
  const { wishes, trial, outcome, mayMeasureAgain, leftOut } = view;
  return (
    <section class="models-part" aria-labelledby="wishes-heading">
      <h3 id="wishes-heading">Choose for me</h3>
      <div class="wishes">
        {wishes.map(({ wish, name, meaning }) => (
          <div key={wish}>
            <button
              type="button"
              class="button"
              disabled={trial !== null}
              aria-describedby={`wish-${wish}`}
              onClick={() => actions.pick(wish)}
            >
              {name}
            </button>
            <span id={`wish-${wish}`} class="small soft">{meaning}</span>
          </div>
        ))}
      </div>
      <div role="status" data-testid="models-outcome">
        {trial !== null
          ? (
            <div class="row">
              <span>{trial}</span>
              <button type="button" class="button" onClick={() => actions.cancelTrial()}>
                Cancel
              </button>
              <span class="small soft">
                Models are tried one after another. Detection pauses meanwhile.
              </span>
            </div>
          )
          : outcome !== null && (
            <>
              <p>{outcome}</p>
              {mayMeasureAgain && (
                <button
                  type="button"
                  class="link"
                  onClick={() => actions.measureAgain()}
                >
                  Measure again
                </button>
              )}
            </>
          )}
      </div>
      {leftOut !== null && <p class="small soft">{leftOut}</p>}
    </section>
  );
}
