/** Thrown for every invalid input; the message names the operation, the rule, the value and the way out. */
export class VarlenError extends RangeError {
  override readonly name = "VarlenError";
}

/** Builds `<op>: <what must hold>, got <value>. <what to do>`. */
export const fail = (op: string, rule: string, got: unknown, advice: string): VarlenError =>
  new VarlenError(`${op}: ${rule}, got ${String(got)}. ${advice}`);
