import { render } from "preact";
import { App } from "./app";
import { keepLink } from "./link";
import "./style/base.css";
import "./style/controls.css";
import "./style/tool.css";
import "./style/pack.css";
import "./style/run.css";
import "./style/state.css";
import "./style/generate.css";
import "./style/train.css";
import "./style/bench.css";

keepLink();
render(<App />, document.getElementById("app")!);
