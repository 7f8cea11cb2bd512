/** A set of u32 values that finds its smallest member from a value up. */
export interface OrderedSet {
  add(value: number): void;
  remove(value: number): void;
  /** The smallest member that is at least `value`. */
  ceiling(value: number): number | undefined;
}

/**
 * A sparse tree of 32-bit masks, 32 children a node: a value's five-bit digits, the lowest at level 0, name its
 * bits. Every call costs at most one step up and one down for each of the seven digits of a u32.
 */
export function orderedSet(): OrderedSet {
  const levels = Array.from({ length: 7 }, () => new Map<number, number>()); // node -> mask of its children
  return {
    add(value) {
      let child = value;
      for (const masks of levels) {
        const node = child >>> 5;
        const mask = masks.get(node) ?? 0;
        masks.set(node, mask | (1 << (child & 31)));
        if (mask !== 0) return;
        child = node;
      }
    },
    remove(value) {
      let child = value;
      for (const masks of levels) {
        const node = child >>> 5;
        const mask = (masks.get(node) ?? 0) & ~(1 << (child & 31));
        if (mask !== 0) {
          masks.set(node, mask);
          return;
        }
        masks.delete(node);
        child = node;
      }
    },
    ceiling(value) {
      let child = value;
      let wanted = -1; // at level 0 the value itself counts, above it only what comes after
      for (const [level, masks] of levels.entries()) {
        const node = child >>> 5;
        const mask = (masks.get(node) ?? 0) & (wanted << (child & 31));
        if (mask !== 0) return smallest(levels, level - 1, node * 32 + lowestBit(mask));
        wanted = -2;
        child = node;
      }
      return undefined;
    },
  };
}

function smallest(levels: readonly Map<number, number>[], level: number, node: number): number {
  return level < 0 ? node : smallest(levels, level - 1, node * 32 + lowestBit(levels[level]!.get(node)!));
}

const lowestBit = (mask: number) => 31 - Math.clz32(mask & -mask);
