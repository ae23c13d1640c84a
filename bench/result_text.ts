/** A document as its file holds it: figures to two decimals, so that runs can be compared by eye. */
export function resultText(document: unknown): string {
  const rounded = (_key: string, value: unknown) =>
    typeof value === "number" ? Math.round(value * 100) / 100 : value;
  return `${JSON.stringify(document, rounded, 2)}\n`;
}
