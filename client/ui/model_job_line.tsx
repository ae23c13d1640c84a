import type { JobView } from "../models/models_props.ts";

/** One change of the models: how far it is, or how it ended. */
export function ModelJobLine({ job, onCancel, onOffer }: {
  job: JobView;
  onCancel: (job: number) => void;
  onOffer: (job: number) => void;
}) {
  const { id, words, notes, isUnderWay, isFailed, done, offer } = job;
  if (isUnderWay) {
    return (
      <div class="row" data-testid="model-job">
        <span role="status">{words}</span>
        <progress aria-label={words} {...(done === null ? {} : { value: done })} />
        <button type="button" class="button" onClick={() => onCancel(id)}>Cancel</button>
      </div>
    );
  }
  return (
    <div class={`notice ${isFailed ? "bad" : ""}`} data-testid="model-job" role="status">
      <p>{words}</p>
      {notes !== "" && <p class="small job-notes">{notes}</p>}
      {offer !== null && (
        <button type="button" class="button" onClick={() => onOffer(id)}>{offer.words}</button>
      )}
    </div>
  );
}
