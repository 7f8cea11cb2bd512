/** A `var` at a binding of group 0, as the shader declares it. */
export interface DeclaredBinding {
  readonly binding: number;
  readonly name: string;
  readonly type: GPUBufferBindingType;
}

const comment = /\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
const variable = /@binding\(\s*(\w+)\s*\)\s*var\s*<\s*(uniform|storage)\s*(?:,\s*(\w+)\s*)?>\s*(\w+)/g;

const constant = /\bconst\s+(\w+)\s*(?::[^=;]+)?=\s*(\d+)[iu]?\s*;/g;

/** The buffers of a shader, by binding. A binding is a number or a const that is one, as a slot's place depends on its neighbours. */
export function declaredBindings(code: string): readonly DeclaredBinding[] {
  const text = code.replace(comment, " ");
  const constants = new Map([...text.matchAll(constant)].map(([, name, value]) => [name, value]));
  return [...text.matchAll(variable)]
    .map(([, written, space, access, name]): DeclaredBinding => {
      const binding = Number.parseInt(constants.get(written) ?? written!, 10);
      const storage = access === "read_write" ? "storage" : "read-only-storage";
      return { binding, name: name!, type: space === "uniform" ? "uniform" : storage };
    })
    .sort((a, b) => a.binding - b.binding);
}
