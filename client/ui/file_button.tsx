import { useRef } from "preact/hooks";

/** A button that lets the person choose a file. */
export function FileButton({ words, label, accept, testId, onFile }: {
  words: string;
  /** Of the input behind it. */
  label: string;
  accept: string;
  testId: string;
  onFile: (file: File) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" class="button" onClick={() => input.current!.click()}>{words}</button>
      <input
        ref={input}
        type="file"
        accept={accept}
        aria-label={label}
        data-testid={testId}
        hidden
        onChange={(event) => {
          const field = event.currentTarget;
          const file = field.files?.[0];
          if (file !== undefined) onFile(file);
          // The same file can be chosen again.
          field.value = "";
        }}
      />
    </>
  );
}
