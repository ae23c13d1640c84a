import { useEffect, useRef, useState } from "preact/hooks";
import { type JobView, ModelJobLine } from "./model_job_line.tsx";

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

/** What can be had: with a download, or with a sentence on how. */
export function ModelsToHave({ models, canChange, onPull, onCancel, onOffer }: {
  models: readonly AbsentRow[];
  canChange: boolean;
  onPull: (id: string, acceptedLicence: string | null) => void;
  onCancel: (job: number) => void;
  onOffer: (job: number) => void;
}) {
  const [askedId, setAskedId] = useState<string | null>(null);
  if (models.length === 0) return null;
  return (
    <section class="models-part" aria-labelledby="to-have-heading">
      <h3 id="to-have-heading">Available</h3>
      {models.map((model) => (
        <div key={model.id} class="model-row absent" data-testid="absent-model">
          <div>
            <strong>{model.title}</strong>
            <span class="small">{model.facts}</span>
            <span class={model.obtain === null ? "small soft" : "small"}>
              {model.obtain ?? `From ${model.source}`}.
            </span>
          </div>
          {model.obtain === null && canChange && model.job?.isUnderWay !== true &&
            askedId !== model.id && (
            <button
              type="button"
              class="button"
              aria-label={`Download ${model.title}`}
              onClick={() => model.asksConsent ? setAskedId(model.id) : onPull(model.id, null)}
            >
              Download
            </button>
          )}
          {askedId === model.id && (
            <LicenceQuestion
              model={model}
              onAnswer={(yes) => {
                setAskedId(null);
                if (yes) onPull(model.id, model.licence);
              }}
            />
          )}
          {model.job !== null && (
            <ModelJobLine job={model.job} onCancel={onCancel} onOffer={onOffer} />
          )}
        </div>
      ))}
    </section>
  );
}

function LicenceQuestion(
  { model, onAnswer }: { model: AbsentRow; onAnswer: (yes: boolean) => void },
) {
  const no = useRef<HTMLButtonElement>(null);
  // The button that was pressed is gone; a hasty Enter means no.
  useEffect(() => no.current!.focus(), []);
  return (
    <div class="notice warn" role="group" aria-label={`Licence of ${model.title}`}>
      <p class="small">
        {model.licence}{" "}
        sets conditions for passing this model on or offering a service with it. Read the licence
        first:{" "}
        <a
          href={`https://spdx.org/licenses/${model.licence}.html`}
          target="_blank"
          rel="noreferrer"
        >
          {model.licence}
        </a>
      </p>
      <div class="row">
        <button type="button" ref={no} class="button" onClick={() => onAnswer(false)}>No</button>
        <button type="button" class="button primary" onClick={() => onAnswer(true)}>
          I agree to {model.licence}: download
        </button>
      </div>
    </div>
  );
}
