import type { ReadonlySignal } from "@preact/signals";
import type { Progress } from "../worker/choices";
import type { JobError } from "../worker/client";
import { Failure } from "./failure";

interface WorkProps {
  /** What the button that starts it says. */
  readonly label: string;
  readonly busy: boolean;
  readonly progress: ReadonlySignal<Progress | undefined>;
  readonly failure: Pick<JobError, "message" | "kind"> | undefined;
  readonly onStart: () => void;
  readonly onStop: () => void;
  readonly disabled?: boolean;
  /** What it will cost. */
  readonly cost?: string;
}

/** A button that starts a long operation, one that stops it, what it is doing, and what went wrong. */
export function Work({ label, busy, progress, failure, onStart, onStop, disabled = false, cost }: WorkProps) {
  const now = progress.value;
  return (
    <>
      <div class="actions">
        <button type="button" class="primary" disabled={busy || disabled} onClick={onStart}>
          {label}
        </button>
        <button type="button" disabled={!busy} onClick={onStop}>
          Stop
        </button>
        {cost && <span class="note">{cost}</span>}
      </div>
      {busy && (
        <label class="progress">
          {now?.text ?? "Starting"}
          <progress value={now?.done ?? 0} max={now?.total ?? 1} />
        </label>
      )}
      <Failure of={failure} />
    </>
  );
}
