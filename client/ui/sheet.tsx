import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useFileDrop } from "./use_file_drop.ts";

/** A dialog over the page; Escape or a click beside it closes it. */
export function Sheet({ id, heading, isOpen, isWide = false, onClose, onFile, children }: {
  /** For tests, and to tie the heading to the dialog. */
  id: string;
  heading: string;
  isOpen: boolean;
  isWide?: boolean;
  onClose: () => void;
  /** A file was dropped on it; else such a file is left alone. */
  onFile?: (file: File) => void;
  children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { isTarget, handlers } = useFileDrop((file) => onFile?.(file));
  useEffect(() => {
    if (isOpen) dialog.current!.showModal();
    else dialog.current!.close();
  }, [isOpen]);
  return (
    <dialog
      ref={dialog}
      class={`sheet ${isWide ? "wide" : ""} ${isTarget && onFile !== undefined ? "target" : ""}`}
      data-testid={id}
      aria-labelledby={`${id}-heading`}
      onClose={onClose}
      onClick={(event) => {
        // The dialog itself is only hit beside what is in it.
        if (event.target === dialog.current) onClose();
      }}
      {...handlers}
    >
      <div>
        <header class="sheet-head">
          <h2 id={`${id}-heading`}>{heading}</h2>
          <button type="button" class="button" onClick={onClose}>Close</button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
