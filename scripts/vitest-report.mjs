// A vitest reporter: what passed, failed and was skipped, by name and reason, as JSON in the file $WEBFLA_REPORT.
import { writeFileSync } from "node:fs";

const name = (test) => `${test.project.name}: ${test.fullName}`;

/** A test's own reason, else the nearest suite that was skipped as a whole: forEachAdapter puts the reason in its name. */
function reasonOf(test) {
  const { note } = test.result();
  if (note) return note;
  for (let suite = test.parent; suite.type === "suite"; suite = suite.parent) {
    if (suite.options.mode === "skip") return suite.name;
    if (suite.state() === "failed") return `the setup of "${suite.name}" failed`;
  }
  return test.module.state() === "failed" ? "its file failed" : "skipped in its source";
}

const messages = (errors) => errors.map((e) => e.message).join("; ");

export default class {
  onTestRunEnd(modules, unhandled) {
    const report = {
      passed: 0,
      failed: unhandled.map((e) => `outside of any test: ${e.message}`),
      skipped: [],
    };
    const count = (test) => {
      const { state } = test.result();
      if (state === "passed") report.passed++;
      else if (state === "failed") report.failed.push(name(test));
      else {
        const reason = reasonOf(test);
        report.skipped.push({ name: name(test).replace(`${reason} > `, ""), reason });
      }
    };
    for (const module of modules) {
      const where = `${module.project.name}: ${module.relativeModuleId}`;
      if (module.errors().length) report.failed.push(`${where}: ${messages(module.errors())}`);
      for (const suite of module.children.allSuites())
        if (suite.errors().length)
          report.failed.push(`${where} > ${suite.fullName}: ${messages(suite.errors())}`);
      for (const test of module.children.allTests()) count(test);
    }
    writeFileSync(process.env.WEBFLA_REPORT, JSON.stringify(report));
  }
}
