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
}

/** One change of the models: how far it is, or how it ended. */
export function ModelJobLine(
  { job, onCancel }: { job: JobView; onCancel: (job: number) => void },
) {
  const { id, words, notes, isUnderWay, isFailed, done } = job;
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
    </div>
  );
}
