import { WebflaError } from "@webfla/ops";

/** The engine has as many requests waiting as it may. */
export class BusyError extends WebflaError {
  override name = "BusyError";
}
