import type { DrawnBox } from "./box_list.ts";

/** What is written at a box. */
export interface TagText {
  readonly text: string;
  readonly widthPx: number;
}

/** Texts kept: every class in view with every score. */
const MAX_TEXTS = 4_000;

/** Scores are written in whole percent. */
const STEPS = 101;

/** The texts at boxes with their widths, made once: measuring takes longer than painting. */
export class TagTexts {
  readonly #measure: (text: string) => number;
  readonly #texts = new Map<number, TagText>();
  #labels: readonly string[] = [];

  constructor(measure: (text: string) => number) {
    this.#measure = measure;
  }

  /** The classes' names, by their ids. */
  setLabels(labels: readonly string[]): void {
    this.#labels = labels;
    this.#texts.clear();
  }

  /** The text at a box. */
  of({ classId, score }: Pick<DrawnBox, "classId" | "score">): TagText {
    const percent = Math.round(score * 100);
    const id = classId * STEPS + percent;
    const known = this.#texts.get(id);
    if (known !== undefined) return known;
    if (this.#texts.size >= MAX_TEXTS) this.#texts.clear();
    const text = `${this.#labels[classId] ?? `class ${classId}`} ${percent} %`;
    const made = { text, widthPx: this.#measure(text) };
    this.#texts.set(id, made);
    return made;
  }
}
