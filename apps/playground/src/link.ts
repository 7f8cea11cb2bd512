import { effect, type Signal, signal } from "@preact/signals";

/** How a value is written into the page's link, as the values of one key. Reading gives nothing for what it does not accept. */
export interface Codec<V> {
  read(values: readonly string[]): V | undefined;
  write(value: V): readonly string[];
}

export const numberIn = (min: number, max: number, whole = true): Codec<number> => ({
  read([text = ""]) {
    const value = Number(text);
    const good = text !== "" && value >= min && value <= max && (!whole || Number.isInteger(value));
    return good ? value : undefined;
  },
  write: (value) => [String(value)],
});

export const oneOf = <V extends string>(...options: readonly V[]): Codec<V> => ({
  read: ([text]) => options.find((option) => option === text),
  write: (value) => [value],
});

export const flag: Codec<boolean> = {
  read: ([text]) => (text === "1" ? true : text === "0" ? false : undefined),
  write: (value) => [value ? "1" : "0"],
};

export const texts: Codec<readonly string[]> = {
  read: (values) => (values.length ? values : undefined),
  write: (value) => value,
};

interface Entry {
  readonly name: string;
  restore(values: readonly string[]): void;
  /** Nothing where the value is the fallback. */
  show(): readonly string[];
}

export const tabs = ["pack", "run", "state", "generate", "train", "bench"] as const;
export type Tab = (typeof tabs)[number];

/** The tab that is open. */
export const tab = signal<Tab>("pack");

const entries = Object.fromEntries(tabs.map((name) => [name, []])) as unknown as Record<Tab, Entry[]>;

/** A signal that the link carries while its tab is open; a link without it, or with nonsense, means the fallback. */
export function linked<V>(of: Tab, name: string, fallback: V, codec: Codec<V>): Signal<V> {
  const value = signal(fallback);
  const written = codec.write(fallback).join("\n");
  entries[of].push({
    name,
    restore(values) {
      value.value = codec.read(values) ?? fallback;
    },
    show() {
      const values = codec.write(value.value);
      return values.join("\n") === written ? [] : values;
    },
  });
  return value;
}

function restore(): void {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const opened = tabs.find((name) => name === path) ?? "pack";
  const values = new URLSearchParams(query);
  for (const entry of entries[opened]) entry.restore(values.getAll(entry.name));
  tab.value = opened;
}

/** Links that are longer are cut by what they are sent through. */
const longest = 60_000;
/** Whether what the tab shows is too long for a link, which then opens what a first visit sees. */
export const beyondLink = signal(false);

let late: ReturnType<typeof setTimeout> | undefined;
function write(hash: string): void {
  clearTimeout(late);
  if (hash === location.hash) return;
  try {
    history.replaceState(null, "", hash);
  } catch {
    // Safari takes a hundred in half a minute
    late = setTimeout(() => write(hash), 1000);
  }
}

/** Reads the link, and from then on keeps it true. */
export function keepLink(): void {
  restore();
  addEventListener("hashchange", restore);
  effect(() => {
    const query = new URLSearchParams();
    for (const { name, show } of entries[tab.value]) for (const value of show()) query.append(name, value);
    const text = String(query);
    beyondLink.value = text.length > longest;
    write(`#/${tab.value}${query.size && text.length <= longest ? `?${text}` : ""}`);
  });
}
