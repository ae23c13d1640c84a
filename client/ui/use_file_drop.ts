import { useState } from "preact/hooks";

/** An element on which a file can be dropped. */
export interface FileDrop {
  /** A file is over it. */
  readonly isTarget: boolean;
  /** Given to the element. */
  readonly handlers: {
    onDragOver(event: DragEvent): void;
    onDragLeave(): void;
    onDrop(event: DragEvent): void;
  };
}

/** Takes a file that is dropped on an element, in place of the browser, which would open it. */
export function useFileDrop(onFile: (file: File) => void): FileDrop {
  const [isTarget, setTarget] = useState(false);
  return {
    isTarget,
    handlers: {
      onDragOver(event) {
        event.preventDefault();
        setTarget(true);
      },
      onDragLeave: () => setTarget(false),
      onDrop(event) {
        event.preventDefault();
        setTarget(false);
        const file = event.dataTransfer?.files[0];
        if (file !== undefined) onFile(file);
      },
    },
  };
}
