import type { JobError } from "../worker/client";

/** What went wrong, if something did; a stop that was asked for is no alarm. */
export function Failure({ of }: { readonly of: Pick<JobError, "message" | "kind"> | undefined }) {
  if (!of) return null;
  return of.kind === "stopped" ? (
    <p class="note" role="status">
      {of.message}
    </p>
  ) : (
    <p class="refusal" role="alert">
      {of.message}
    </p>
  );
}
