import type { ComponentChildren } from "preact";

/** A number that matters, with what it is. */
export function Figure({
  value,
  name,
  children,
}: {
  value: string;
  name: string;
  children?: ComponentChildren;
}) {
  return (
    <div class="figure" data-figure={name}>
      <dt>{name}</dt>
      <dd>{value}</dd>
      {children && <dd class="aside">{children}</dd>}
    </div>
  );
}
