import { useState } from "preact/hooks";
import { count } from "../parts/format";
import { hueOf } from "../parts/hue";
import { documents, restoreBuiltIn } from "./state";

const bytes = (text: string) => new TextEncoder().encode(text).length;

const replace = (at: number, ...by: string[]) => {
  documents.value = documents.value.toSpliced(at, 1, ...by);
};

const add = (...more: string[]) => {
  documents.value = [...documents.value, ...more];
};

/** A line of three dashes stands between documents that are pasted together. */
const apart = (text: string) =>
  text
    .split(/^---\s*$/m)
    .map((part) => part.trim())
    .filter(Boolean);

const largest = 2_000_000; // bytes

/** A file's text. Throws for what is no text, or more than a page can draw. */
async function textOf(file: File): Promise<string> {
  const refuse = (must: string, got: string): never => {
    throw new Error(`${file.name}: it must ${must}, got ${got}. Drop another file.`);
  };
  if (file.size > largest) refuse(`have at most ${count(largest)} bytes`, count(file.size));
  const text = await file.text();
  return text.includes("\0") ? refuse("be text", "bytes that are none") : text;
}

/** The list of documents: each can be edited and removed; more are typed, pasted or dropped. */
export function Documents() {
  const [draft, setDraft] = useState("");
  const [refused, setRefused] = useState<string | undefined>(undefined);
  return (
    <section
      class="documents"
      aria-labelledby="documents-title"
      onDragOver={(event) => event.preventDefault()}
      onDrop={async (event) => {
        event.preventDefault();
        const files = [...(event.dataTransfer?.files ?? [])];
        const read = await Promise.allSettled(files.map(textOf));
        add(...read.flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])));
        const bad = read.flatMap((one) => (one.status === "rejected" ? [(one.reason as Error).message] : []));
        setRefused(bad.join(" ") || undefined);
      }}
    >
      <div class="heading">
        <h2 id="documents-title">Documents</h2>
        <button type="button" class="quiet" onClick={restoreBuiltIn}>
          Built-in ones
        </button>
      </div>
      <ol>
        {documents.value.map((text, i) => (
          <li key={i} style={hueOf(i)}>
            <span class="size">{bytes(text).toLocaleString("en")} tokens</span>
            <button
              type="button"
              class="quiet"
              aria-label={`Remove document ${i}`}
              onClick={() => replace(i)}
            >
              ×
            </button>
            <textarea
              aria-label={`Document ${i}`}
              rows={3}
              value={text}
              spellcheck={false}
              onInput={({ currentTarget }) => replace(i, currentTarget.value)}
            />
          </li>
        ))}
      </ol>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          add(...apart(draft));
          setDraft("");
        }}
      >
        <textarea
          aria-label="New documents"
          rows={3}
          placeholder="Type or paste a document, or drop files here. A line of --- parts several."
          value={draft}
          onInput={({ currentTarget }) => setDraft(currentTarget.value)}
        />
        <button type="submit" disabled={apart(draft).length === 0}>
          Add
        </button>
      </form>
      {refused && (
        <p class="refusal" role="alert">
          {refused}
        </p>
      )}
    </section>
  );
}
