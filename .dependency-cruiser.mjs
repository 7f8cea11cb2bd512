// The rooms and what each may import: left is imported by right, never back.
const rooms = {
  varlen: [],
  ops: ["varlen"],
  reference: ["ops", "varlen"],
  wgsl: ["ops", "varlen"],
  zoo: ["ops", "varlen"],
  conformance: ["varlen", "ops", "reference", "wgsl", "zoo"],
};

const boundaries = Object.entries(rooms).map(([room, may]) => ({
  name: `boundary-${room}`,
  comment: `${room} may import ${may.length ? may.join(", ") : "no other package"}`,
  severity: "error",
  from: { path: `^packages/${room}/` },
  to: { path: "^(packages|apps)/", pathNot: `^packages/(${[room, ...may].join("|")})/` },
}));

const anywhere = "^(packages|apps)/([^/]+)/";

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    ...boundaries,
    {
      name: "boundary-apps",
      comment: "an app imports packages, never another app",
      severity: "error",
      from: { path: "^apps/([^/]+)/" },
      to: { path: "^apps/", pathNot: "^apps/$1/" },
    },
    {
      name: "no-relative-import-across-packages",
      comment: "another package is imported by its name",
      severity: "error",
      from: { path: anywhere },
      to: { path: anywhere, pathNot: "^$1/$2/", dependencyTypes: ["local"] },
    },
    {
      name: "no-cycles",
      comment: "of two files that import each other neither can be read first",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-undeclared-dependencies",
      comment: "what a package imports is in its own package.json",
      severity: "error",
      from: { path: "^(packages|apps)/[^/]+/src/", pathNot: "\\.test\\.ts$|\\.bench\\.ts$" },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
    },
    {
      name: "no-dev-dependencies-in-what-is-published",
      comment: "a development dependency is not there once the package is installed",
      severity: "error",
      from: { path: "^packages/[^/]+/src/", pathNot: "\\.test\\.ts$|\\.bench\\.ts$|^packages/conformance/" },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"] },
    },
    {
      name: "no-unresolved-imports",
      comment: "an import must exist; what Vite makes up while it builds is a virtual one",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: "^virtual:" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(dist|\\.cache|fixtures)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["@webfla/source", "import", "node", "types", "default"],
      mainFields: ["module", "main", "types"],
    },
  },
};
