import { ShapeError, UnsupportedError } from "@webfla/ops";

/** Whether a body runs; what it refuses as unsupported or by shape is a no, anything else an error. */
export async function runs(body: () => void | Promise<void>): Promise<boolean> {
  try {
    await body();
    return true;
  } catch (error) {
    if (error instanceof UnsupportedError || error instanceof ShapeError) return false;
    throw error;
  }
}
