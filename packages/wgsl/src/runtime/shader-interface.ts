import { ShaderError } from "@webfla/ops";

/** A `var` at a binding of group 0, as the shader declares it. */
export interface DeclaredBinding {
  readonly binding: number;
  readonly name: string;
  readonly type: GPUBufferBindingType;
}

const comment = /\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
const variable = /@binding\(\s*(\w+)\s*\)\s*var\s*<\s*(uniform|storage)\s*(?:,\s*(\w+)\s*)?>\s*(\w+)/g;
const integer = /^(\d+)[iu]?$/;

/** A binding is a number, or a top-level const that is one. */
function numberOf(code: string, text: string): number {
  const value = integer.test(text)
    ? text
    : new RegExp(`^const\\s+${text}\\s*(?::[^=;]+)?=\\s*(\\w+)\\s*;`, "m").exec(code)?.[1];
  const digits = integer.exec(value ?? "")?.[1];
  if (digits === undefined)
    throw new ShaderError(
      `binding ${text}: it must be a number or a const that is one, got ${value ?? "nothing"}. Declare const ${text}.`,
    );
  return Number(digits);
}

/** The buffers of a shader, by binding. */
export function declaredBindings(text: string): readonly DeclaredBinding[] {
  const code = text.replace(comment, " ");
  return [...code.matchAll(variable)]
    .map(([, binding, space, access, name]): DeclaredBinding => {
      const storage = access === "read_write" ? "storage" : "read-only-storage";
      return {
        binding: numberOf(code, binding!),
        name: name!,
        type: space === "uniform" ? "uniform" : storage,
      };
    })
    .sort((a, b) => a.binding - b.binding);
}
