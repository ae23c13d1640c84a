import type { ModelsActions, ModelsView } from "./models_props.ts";

/** The models that are here, of which one is chosen. */
export function ModelsHere(
  { view, actions }: { view: ModelsView; actions: ModelsActions },
) {
  const { rows, footnote, isOff, owner } = view;
  return (
    <fieldset class="models-part models-here">
      <legend>Here</legend>
      {rows.length === 0 && <p class="soft">none found</p>}
      {isOff && <p class="small soft">Detection is off. The model is used once you turn it on.</p>}
      {rows.map((row) => (
        <div key={row.id} class="model-row" data-testid="model-row">
          <label>
            <input
              type="radio"
              name="model"
              value={row.id}
              checked={row.isInUse}
              onChange={() => actions.choose(row.id)}
            />
            <span>
              <strong>{row.title}</strong>
              <span class="small">{row.facts}</span>
              <span class="small soft">{row.rate}</span>
              {row.failure !== null && <span class="small bad-text">{row.failure}</span>}
            </span>
          </label>
          {row.isRemovable && owner?.canChange && (
            <button
              type="button"
              class="button"
              aria-label={`Remove ${row.title}`}
              onClick={() => actions.remove(row.id)}
            >
              Remove
            </button>
          )}
        </div>
      ))}
      <p class="small soft">{footnote}</p>
    </fieldset>
  );
}
