/** Base of every error that webfla throws on purpose; the message reads `<op>: <what must hold>, got <value>. <what to do>`. */
export class WebflaError extends Error {
  override name = "WebflaError";
}

/** An argument has the wrong shape, dtype or range. Thrown before anything is allocated. */
export class ShapeError extends WebflaError {
  override name = "ShapeError";
}

/** The backend, device or checkpoint cannot do what was asked. */
export class UnsupportedError extends WebflaError {
  override name = "UnsupportedError";
}

/** A tensor, scope or backend was used after it was disposed. */
export class DisposedError extends WebflaError {
  override name = "DisposedError";
}

/** A shader did not compile or a dispatch was refused; the message names the `.wgsl` file and line. */
export class ShaderError extends WebflaError {
  override name = "ShaderError";
}

/** The device was lost; every tensor on it is gone. */
export class DeviceLostError extends WebflaError {
  override name = "DeviceLostError";
}

/** The device has no room for an allocation. */
export class OutOfMemoryError extends WebflaError {
  override name = "OutOfMemoryError";
}

/** The caller's AbortSignal fired. */
export class AbortedError extends WebflaError {
  override name = "AbortedError";
}
