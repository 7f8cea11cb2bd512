export type Verdict = "PASS" | "FAIL" | "unsupported";

/** What became of one tensor of a golden file. */
export interface Line {
  /** The file or model directory, by its last name. */
  readonly subject: string;
  readonly tensor: string;
  /** Relative RMS error, absolute where the reference is all zeros; absent where nothing was computed. */
  readonly error?: number | undefined;
  readonly tolerance?: number | undefined;
  readonly verdict: Verdict;
  readonly note?: string | undefined;
}

/** A part of a golden file, before the subject is known. */
export type Finding = Omit<Line, "subject">;

export const unsupported = (tensor: string, note: string): Finding => ({
  tensor,
  verdict: "unsupported",
  note,
});
