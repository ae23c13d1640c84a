/** A change of the models, in words. */
export interface JobView {
  readonly id: number;
  /** What it does, or came to. */
  readonly words: string;
  /** What was said besides, line by line; empty: nothing. */
  readonly notes: string;
  readonly isUnderWay: boolean;
  readonly isFailed: boolean;
  /** 0–1; `null`: not known. */
  readonly done: number | null;
  /** What can be done next; `null`: nothing. */
  readonly offer: JobOffer | null;
}

/** What can be done when a change is over. */
export interface JobOffer {
  /** `use`: take the model that was added. `coco`: add the file once more, with COCO's names. */
  readonly kind: "use" | "coco";
  readonly words: string;
}

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
