import { useState } from "preact/hooks";

/** Which classes are shown: `null` is all of them. */
export interface ClassFilterProps {
  readonly labels: readonly string[];
  readonly chosen: ReadonlySet<number> | null;
  readonly onChange: (chosen: ReadonlySet<number> | null) => void;
}

/** A list of class names to tick, with a field that narrows the list. */
export function ClassFilter({ labels, chosen, onChange }: ClassFilterProps) {
  const [search, setSearch] = useState("");
  const wanted = search.trim().toLowerCase();
  const shown = labels.map((name, id) => ({ name, id })).filter(({ name }) =>
    name.includes(wanted)
  );
  function toggle(id: number): void {
    const next = new Set(chosen ?? labels.keys());
    if (!next.delete(id)) next.add(id);
    onChange(next.size === labels.length ? null : next);
  }
  const count = chosen === null ? "all" : `${chosen.size} of ${labels.length}`;
  return (
    <details class="classes">
      <summary>Classes: {count}</summary>
      <div class="row">
        <button type="button" class="button" onClick={() => onChange(null)}>All</button>
        <button type="button" class="button" onClick={() => onChange(new Set())}>None</button>
        <input
          type="search"
          placeholder="Find"
          aria-label="Find a class"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
      </div>
      <ul class="class-list">
        {shown.map(({ name, id }) => (
          <li key={id}>
            <label>
              <input
                type="checkbox"
                checked={chosen === null || chosen.has(id)}
                onChange={() => toggle(id)}
              />{" "}
              {name}
            </label>
          </li>
        ))}
      </ul>
    </details>
  );
}
