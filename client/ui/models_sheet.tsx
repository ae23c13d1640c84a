import { useEffect, useRef } from "preact/hooks";
import { type JobView, ModelJobLine } from "./model_job_line.tsx";
import { type AbsentRow, ModelsToHave } from "./models_to_have.tsx";
import { Sheet } from "./sheet.tsx";

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
export interface WishRow<W extends string> {
  readonly wish: W;
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
export interface ModelsView<W extends string> {
  readonly wishes: readonly WishRow<W>[];
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
export interface ModelsActions<W extends string> {
  close(): void;
  choose(id: string): void;
  pick(wish: W): void;
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

/** Which models are here and can be had, and choosing one. */
export function ModelsSheet<W extends string>({ view, isOpen, actions }: {
  view: ModelsView<W> | null;
  isOpen: boolean;
  actions: ModelsActions<W>;
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
          {view.owner !== null && <Changes owner={view.owner} actions={actions} />}
          <Wishes view={view} actions={actions} />
          <Here view={view} actions={actions} />
          {view.owner !== null && <Owner owner={view.owner} actions={actions} />}
        </>
      )}
    </Sheet>
  );
}

function Wishes<W extends string>(
  { view, actions }: { view: ModelsView<W>; actions: ModelsActions<W> },
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
                Models are tried one after another; detection rests meanwhile.
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

function Here<W extends string>(
  { view, actions }: { view: ModelsView<W>; actions: ModelsActions<W> },
) {
  const { rows, footnote, isOff, owner } = view;
  return (
    <fieldset class="models-part models-here">
      <legend>Here</legend>
      {rows.length === 0 && <p class="soft">none found</p>}
      {isOff && <p class="small soft">Detection is off: the model is used once it is on.</p>}
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

/** What was just changed: at the top, where it is seen. */
function Changes<W extends string>(
  { owner, actions }: { owner: OwnerView; actions: ModelsActions<W> },
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

function Owner<W extends string>(
  { owner, actions }: { owner: OwnerView; actions: ModelsActions<W> },
) {
  const input = useRef<HTMLInputElement>(null);
  const { canChange, available } = owner;
  return (
    <>
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
            Models cannot be changed from here: this server was not started by ./start.sh.
          </p>
        )}
      </section>
      <ModelsToHave
        models={available}
        canChange={canChange === true}
        onPull={(id, acceptedLicence) => actions.pull(id, acceptedLicence)}
        onCancel={(job) => actions.cancelJob(job)}
        onOffer={(job) => actions.acceptOffer(job)}
      />
    </>
  );
}
