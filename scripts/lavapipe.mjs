// Installs Mesa's lavapipe from Debian's own mirror. Nothing here throws: the answer is the reason why not.
// node scripts/lavapipe.mjs does it alone, before anything else is installed.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const lists = "/etc/apt/sources.list.d";
const apt = (...args) =>
  spawnSync(
    "apt-get",
    [
      "-qq",
      "-o",
      "DPkg::Lock::Timeout=120",
      "-o",
      "Acquire::Retries=1",
      "-o",
      "Acquire::http::Timeout=20",
      ...args,
    ],
    {
      encoding: "utf8",
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 240_000,
    },
  );

const sources = () =>
  ["/etc/apt/sources.list", ...(existsSync(lists) ? readdirSync(lists).map((f) => join(lists, f)) : [])]
    .filter((f) => /\.(list|sources)$/.test(f) && existsSync(f))
    .map((f) => readFileSync(f, "utf8").replace(/^\s*#.*$/gm, ""))
    .join("\n");

// one line per mirror in either of apt's two formats: "deb [options] URI suite ..." or "URIs: URI ..."
const mirror = (text) =>
  /^\s*(?:deb\s+(?:\[[^\]]*\]\s+)?|URIs:.*?)(https?:\/\/\S+\/debian)\/?(?=\s|$)/m.exec(text)?.[1];

/** The release that brings a Mesa which Dawn accepts: bookworm's own is too old. */
function backports(codename) {
  if (codename !== "bookworm") return [];
  const text = sources();
  if (!text.includes("bookworm-backports")) {
    const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
    const signed = existsSync(keyring) ? `[signed-by=${keyring}] ` : "";
    const uri = mirror(text) ?? "http://deb.debian.org/debian";
    writeFileSync(join(lists, "webfla-backports.list"), `deb ${signed}${uri} bookworm-backports main\n`);
  }
  return ["-t", "bookworm-backports"];
}

/** Installs it and returns nothing, or says why it could not. */
export function installLavapipe() {
  if (
    process.platform !== "linux" ||
    !existsSync("/etc/debian_version") ||
    spawnSync("apt-get", ["--version"]).error
  )
    return "mesa-vulkan-drivers is installed only on Debian";
  if (process.getuid() !== 0) return "installing mesa-vulkan-drivers needs root";
  const codename = /^VERSION_CODENAME=(\S+)/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1];
  try {
    const release = backports(codename);
    for (const step of [
      ["update"],
      ["install", "-y", "--no-install-recommends", ...release, "mesa-vulkan-drivers"],
    ]) {
      const { status, stdout, stderr, error } = apt(...step);
      if (status === 0) continue;
      const why =
        error?.message ??
        `${stderr}${stdout}`
          .trim()
          .split("\n")
          .findLast((l) => /^[EW]:/.test(l));
      return `apt-get ${step[0]} failed: ${why ?? `exit ${status}`}`;
    }
  } catch (error) {
    return `mesa-vulkan-drivers was not installed: ${error.message}`;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  console.log(`lavapipe: ${installLavapipe() ?? "installed"}`);
