import { createCpu } from "@webfla/reference";
import type { Found, Session, Tiers } from "../adapters";
import type { Case, Contender } from "../cases/case";
import { disposeAll, draw } from "../cases/draw";
import type { Ort } from "../ort/linear-attention";
import { type Patience, Prepared, patience } from "./call";
import { once } from "./host";
import { type Effort, green, type Measurement, type Rates, type Rival } from "./measurement";
import { tiersName } from "./rates";
import { spread } from "./statistics";

export interface Setting {
  readonly suite: string;
  readonly found: Found;
  readonly tiers: Tiers;
  readonly dtype: "f32" | "f16";
  readonly rates: Rates;
  readonly effort: Effort;
  /** Whether contenders run too. */
  readonly rivals: boolean;
  readonly ort?: Ort | undefined;
}

const cpu = createCpu();

/** The one measuring loop: cold call, check, warm calls, traced calls, contenders, each case on a fresh device. */
export async function measureCase(of: Case, setting: Setting): Promise<Measurement> {
  const { suite, found, tiers, dtype, effort } = setting;
  const about = {
    suite,
    name: `${of.name} ${dtype}`,
    on: found.name,
    correctnessOnly: found.software,
    dtype,
    tiers: tiersName(tiers),
    tolerance: of.tolerance[dtype],
    ...(of.points && { points: of.points }),
    ...(of.work.flops && { flops: of.work.flops }),
  };
  let seen = { coldMs: Number.NaN, error: Number.NaN };
  const session = await found.open(tiers);
  try {
    const check = new Prepared(session, of.check, dtype, {}, 1);
    const work = new Prepared(session, of.work, dtype, {}, effort.quick ? 2 : undefined);
    const { ms: coldMs, bytes } = await work.first();
    seen = { ...seen, coldMs };
    seen = { ...seen, error: await check.compare(cpu) };
    check.dispose();
    const checked = { ...about, ...seen, bytes, floorMs: floorOf(setting, bytes, of.work.flops ?? 0) };
    if (!green(checked)) return checked;
    const warm = await work.wall(patience(effort));
    const timed = { ...checked, warm, ...(await work.gpu(patience(effort))) };
    work.dispose();
    const rivals: Rival[] = [];
    if (setting.rivals)
      for (const contender of of.contenders ?? []) {
        const rival = await measureRival(contender, of, session, setting, timed).catch((error: Error) => ({
          name: nameOf(contender),
          reason: error.message,
        }));
        if (rival) rivals.push(rival);
      }
    return { ...timed, ...(rivals.length && { rivals }) };
  } catch (error) {
    return { ...about, ...seen, failure: (error as Error).message };
  } finally {
    session.dispose();
  }
}

function floorOf({ rates, dtype }: Setting, bytes: number, flops: number): number {
  const rate = rates.flopsPerSecond[dtype] ?? rates.flopsPerSecond.f32;
  return 1e3 * Math.max(bytes / rates.bytesPerSecond, flops / rate);
}

function nameOf(contender: Contender): string {
  switch (contender.kind) {
    case "work":
    case "plan":
      return contender.name;
    case "cpu":
      return "CPU backend";
    case "ort":
      return `onnxruntime-web ${contender.rule}`;
    default:
      return contender satisfies never;
  }
}

const brief = (effort: Effort): Patience =>
  effort.quick ? patience(effort) : { milliseconds: 300, samples: 5 };

async function measureRival(
  contender: Contender,
  of: Case,
  session: Session,
  setting: Setting,
  mine: Measurement,
): Promise<Rival | undefined> {
  const { dtype, effort } = setting;
  const name = nameOf(contender);
  const versus = (theirs: Pick<Rival, "wall" | "gpu">, expected?: number): Rival => {
    // like with like: the device's clock where both have one
    const both = theirs.gpu && mine.gpu;
    const [a, b] = both ? [theirs.gpu!, mine.gpu!] : [theirs.wall, mine.warm];
    return {
      name,
      ...theirs,
      ...(a && b && { ratio: a.medianMs / b.medianMs }),
      ...(expected !== undefined && { expected }),
    };
  };
  switch (contender.kind) {
    case "work":
    case "plan": {
      const work = contender.kind === "work" ? contender.work : of.work;
      const plan = contender.kind === "plan" ? contender.plan : {};
      const prepared = new Prepared(session, work, dtype, plan, effort.quick ? 1 : undefined);
      await prepared.first();
      const wall = await prepared.wall(brief(effort));
      const { gpu } = await prepared.gpu(brief(effort));
      prepared.dispose();
      session.runtime.trim();
      return versus(
        { wall, ...(gpu && { gpu }) },
        contender.kind === "work" ? contender.expected : undefined,
      );
    }
    case "cpu": {
      const inputs = draw(cpu, contender.work.inputs, "f32");
      const { ms } = await once(() => disposeAll(contender.work.run(cpu, inputs)));
      disposeAll(Object.values(inputs));
      return versus({ wall: spread([ms * contender.times]) });
    }
    case "ort":
      return setting.ort
        ? versus({ wall: await setting.ort.time(contender, dtype, brief(effort)) })
        : undefined;
    default:
      return contender satisfies never;
  }
}
