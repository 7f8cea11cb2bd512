import ts from "typescript";

const shader =
  /@(compute|vertex|fragment|workgroup_size|group|binding)\b|\bvar<(storage|workgroup|uniform)|\bfn\s+\w+\s*\(/;

/** Where a TypeScript file holds WGSL in a string or a template: path, line and the beginning of the text. */
export function shaderTexts(path: string, text: string): string[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  const found: string[] = [];
  const visit = (node: ts.Node) => {
    if ((ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) && shader.test(node.getText(file))) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
      found.push(`${path}:${line + 1}: ${node.getText(file).slice(0, 60)}`);
    } else ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
