import type { ComponentType } from "preact";
import { BenchTab } from "./bench/bench-tab";
import { GenerateTab } from "./generate/generate-tab";
import { beyondLink, type Tab, tab, tabs } from "./link";
import { PackTab } from "./pack/pack-tab";
import { RunTab } from "./run/run-tab";
import { StateTab } from "./state/state-tab";
import { TrainTab } from "./train/train-tab";

const panels: Record<Tab, { readonly title: string; readonly Panel: ComponentType }> = {
  pack: { title: "Pack", Panel: PackTab },
  run: { title: "Run", Panel: RunTab },
  state: { title: "State", Panel: StateTab },
  generate: { title: "Generate", Panel: GenerateTab },
  train: { title: "Train", Panel: TrainTab },
  bench: { title: "Bench", Panel: BenchTab },
};

export function App() {
  const { Panel } = panels[tab.value];
  return (
    <>
      <header class="masthead">
        <h1>
          webfla <span>playground</span>
        </h1>
        <div class="tabs" role="tablist" aria-label="Tools">
          {tabs.map((name) => (
            <TabButton key={name} name={name} />
          ))}
        </div>
      </header>
      <main>
        <div role="tabpanel" id="panel" aria-labelledby={`tab-${tab.value}`}>
          <Panel />
        </div>
        {beyondLink.value && (
          <p class="note beyond" role="status">
            What this tab holds is too long for a link: the address opens it as a first visit finds it.
          </p>
        )}
      </main>
    </>
  );
}

function TabButton({ name }: { readonly name: Tab }) {
  const selected = tab.value === name;
  const step = (by: number) => {
    const next = tabs[(tabs.indexOf(name) + by + tabs.length) % tabs.length]!;
    tab.value = next;
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <button
      type="button"
      role="tab"
      id={`tab-${name}`}
      aria-selected={selected}
      aria-controls="panel"
      tabIndex={selected ? 0 : -1}
      onClick={() => {
        tab.value = name;
      }}
      onKeyDown={({ key }) => {
        if (key === "ArrowRight") step(1);
        if (key === "ArrowLeft") step(-1);
      }}
    >
      {panels[name].title}
    </button>
  );
}
