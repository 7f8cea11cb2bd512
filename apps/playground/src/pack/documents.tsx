import { useState } from "preact/hooks";
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

/** The list of documents: each can be edited and removed; more are typed, pasted or dropped. */
export function Documents() {
  const [draft, setDraft] = useState("");
  return (
    <section
      class="documents"
      aria-labelledby="documents-title"
      onDragOver={(event) => event.preventDefault()}
      onDrop={async (event) => {
        event.preventDefault();
        const files = [...(event.dataTransfer?.files ?? [])];
        add(...(await Promise.all(files.map((file) => file.text()))));
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
    </section>
  );
}
