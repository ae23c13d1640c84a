import { useEffect, useRef } from "preact/hooks";

/** Names every key; Escape or a click beside it closes it. */
export function ShortcutsSheet({ shortcuts, isOpen, onClose }: {
  shortcuts: readonly { readonly key: string; readonly words: string }[];
  isOpen: boolean;
  onClose: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isOpen) dialog.current!.showModal();
    else dialog.current!.close();
  }, [isOpen]);
  return (
    <dialog
      ref={dialog}
      class="sheet"
      aria-labelledby="shortcuts-heading"
      onClose={onClose}
      onClick={(event) => {
        // The dialog itself is only hit beside what is in it.
        if (event.target === dialog.current) onClose();
      }}
    >
      <div>
        <h2 id="shortcuts-heading">Keyboard shortcuts</h2>
        <dl class="shortcuts">
          {shortcuts.map(({ key, words }) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{words}</dd>
            </div>
          ))}
        </dl>
        <button type="button" class="button" onClick={onClose}>Close</button>
      </div>
    </dialog>
  );
}
