import { useEffect, useRef } from "preact/hooks";

/** Asks once whether frames may go to the server. Escape, and a hasty Enter, mean no. */
export function ConsentDialog(
  { byAuto, onAnswer }: { byAuto: boolean; onAnswer: (yes: boolean) => void },
) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current!.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      class="consent"
      data-testid="consent"
      aria-labelledby="consent-heading"
      onCancel={(event) => {
        event.preventDefault();
        onAnswer(false);
      }}
    >
      <h2 id="consent-heading">Send frames to the server?</h2>
      <p>
        {byAuto && "The server would be faster. "}
        The phone's pictures would leave the two devices: they go to the computer that runs
        Peerlens, which looks for objects in them and keeps none. The phone's page says so too.
      </p>
      <div class="row">
        <button type="button" class="button primary" onClick={() => onAnswer(true)}>
          Send frames to the server
        </button>
        <button type="button" class="button" autofocus onClick={() => onAnswer(false)}>
          Keep them on the two devices
        </button>
      </div>
    </dialog>
  );
}
