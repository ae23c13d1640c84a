import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** A question that stops everything until it is answered. Escape, and a hasty Enter, mean no. */
export function AskDialog({ id, heading, yes, no, onAnswer, children }: {
  /** For tests, and to tie the heading to the dialog. */
  id: string;
  heading: string;
  /** Words of the two buttons. */
  yes: string;
  no: string;
  onAnswer: (yes: boolean) => void;
  children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current!.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      class="consent"
      data-testid={id}
      aria-labelledby={`${id}-heading`}
      onCancel={(event) => {
        event.preventDefault();
        onAnswer(false);
      }}
    >
      <h2 id={`${id}-heading`}>{heading}</h2>
      <p>{children}</p>
      <div class="row">
        <button type="button" class="button primary" onClick={() => onAnswer(true)}>{yes}</button>
        <button type="button" class="button" autofocus onClick={() => onAnswer(false)}>{no}</button>
      </div>
    </dialog>
  );
}
