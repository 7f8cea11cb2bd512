// The WebGPU adapters and the browser that the tests bring along, without root: SwiftShader and a headless
// Chromium from the npm package @sparticuz/chromium, and Mesa's lavapipe where the system has it.
//   node scripts/adapters.mjs            unpacks, and prints what there is
//   node scripts/adapters.mjs --system   installs lavapipe first, where the machine is Debian and we are root
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { arch, constants, platform } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";
import { installLavapipe } from "./lavapipe.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const archives = resolve(dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")), "../../bin");
const { version } = JSON.parse(readFileSync(join(archives, "../package.json"), "utf8"));
const caches = join(root, "node_modules/.cache/webfla");
const cache = join(caches, `chromium-${version}`);

function untar(tar, folder) {
  const text = (at, length) => tar.toString("latin1", at, at + length).split("\0", 1)[0];
  for (let at = 0, size; tar[at]; at += 512 + 512 * Math.ceil(size / 512)) {
    size = Number.parseInt(text(at + 124, 12), 8);
    if (text(at + 156, 1) !== "0") continue;
    const path = join(folder, text(at, 100));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, tar.subarray(at + 512, at + 512 + size));
    chmodSync(path, Number.parseInt(text(at + 100, 8), 8) | 0o600);
  }
}

/** Unpacks the named archives into one folder of the cache, once; safe when several processes do it together. */
function unpack(name, files) {
  const folder = join(cache, name);
  if (existsSync(folder)) return folder;
  const mine = `${folder}.${process.pid}`;
  rmSync(mine, { recursive: true, force: true });
  mkdirSync(mine, { recursive: true });
  for (const file of files) {
    const bytes = brotliDecompressSync(readFileSync(join(archives, `${file}.br`)));
    if (file.endsWith(".tar")) untar(bytes, mine);
    else writeFileSync(join(mine, file), bytes, { mode: 0o755 });
  }
  if (files.includes("fonts.tar")) writeFileSync(join(mine, "fonts.conf"), fonts);
  try {
    renameSync(mine, folder);
  } catch (error) {
    // another process was first: its copy is the same
    if (!existsSync(folder)) throw error;
    rmSync(mine, { recursive: true, force: true });
  }
  return folder;
}

// glibc's value; node:os does not name it. The library stays loaded although it is no Node addon
const RTLD_NODELETE = 0x1000;

/** Whether the dynamic loader finds this library. A path to it makes its soname known to later loads in this process. */
function loadLibrary(name) {
  try {
    process.dlopen({ exports: {} }, name, constants.dlopen.RTLD_NOW | RTLD_NODELETE);
  } catch (error) {
    // found, loaded, and only then refused for not being an addon
    return /did not self-register/.test(error.message);
  }
  return true;
}

const portable = () =>
  platform() === "linux" && arch() === "x64" && process.report.getReport().header.glibcVersionRuntime;

function swiftshader() {
  if (!portable()) return { name: "swiftshader", reason: "its binary is for Linux on x64 with glibc" };
  const folder = unpack("swiftshader", ["swiftshader.tar"]);
  return {
    name: "swiftshader",
    match: "SwiftShader",
    icd: join(folder, "vk_swiftshader_icd.json"),
    libraryPath: folder,
  };
}

let noLavapipe = "mesa-vulkan-drivers is not installed";

function lavapipe() {
  const absent = (reason) => ({ name: "lavapipe", reason });
  const folder = "/usr/share/vulkan/icd.d";
  const file = existsSync(folder) && readdirSync(folder).find((f) => /^lvp_icd(\.x86_64)?\.json$/.test(f));
  if (!file) return absent(noLavapipe);
  const icd = join(folder, file);
  const api = JSON.parse(readFileSync(icd, "utf8")).ICD.api_version;
  const [major, minor] = api.split(".").map(Number);
  if (major * 100 + minor < 104)
    return absent(`the installed Mesa speaks Vulkan ${api}; Dawn needs one of Vulkan 1.4`);
  return { name: "lavapipe", match: "llvmpipe", icd };
}

// the archive's own names fixed places that only some clouds have
const fonts = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir><dir>/usr/share/fonts</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>
`;

function chromium() {
  if (!portable()) return { reason: "its binary is for Linux on x64 with glibc" };
  const folder = unpack("browser", ["chromium", "swiftshader.tar", "fonts.tar", "al2023.tar"]);
  const complete = ["libnss3.so", "libnspr4.so", "libexpat.so.1"].every(loadLibrary);
  return { path: join(folder, "chromium"), ...(complete ? {} : { libraryPath: join(folder, "lib") }) };
}

/** A named hardware adapter, only where one is asked for: WEBFLA_GPU=NVIDIA, matched against Dawn's adapter names. */
const hardware = () => (process.env.WEBFLA_GPU ? [{ name: "gpu", match: process.env.WEBFLA_GPU }] : []);

/** Makes the Vulkan loader of this process see the software adapters: beside the machine's own, or instead of them. */
function offer(adapters, { beside }) {
  const found = adapters.filter((a) => a.icd);
  const ours = found.find((a) => a.libraryPath);
  if (!ours) return;
  if (!loadLibrary("libvulkan.so.1")) loadLibrary(join(ours.libraryPath, "libvulkan.so.1"));
  const icds = found.map((a) => a.icd);
  const { VK_DRIVER_FILES, VK_ICD_FILENAMES } = process.env;
  const chosen = (VK_DRIVER_FILES ?? VK_ICD_FILENAMES)?.split(":");
  // a list that was chosen hides every other driver, the additional ones too
  if (beside && !chosen) process.env.VK_ADD_DRIVER_FILES = icds.join(":");
  else process.env.VK_DRIVER_FILES = [...new Set([...(chosen ?? []), ...icds])].join(":");
}

/** Lavapipe takes longer to compile a shader than to run it once, and half as long for vectors of four as for vectors of eight. */
function hurryLavapipe() {
  const { env } = process;
  env.GALLIVM_PERF ??= "nopt";
  env.LP_NATIVE_VECTOR_WIDTH ??= "128";
  // Mesa's own cache does not tell the widths apart
  env.MESA_SHADER_CACHE_DIR ??= join(caches, `lavapipe-${env.LP_NATIVE_VECTOR_WIDTH}`);
  mkdirSync(env.MESA_SHADER_CACHE_DIR, { recursive: true });
}

/**
 * Finds and unpacks, and says so in the environment of this process and of its children:
 * WEBFLA_ADAPTERS, a list of { name, match, icd } or { name, reason }, and WEBFLA_CHROMIUM, { path } or { reason }.
 */
export function provide({ browser = true, beside = false } = {}) {
  hurryLavapipe();
  process.env.WEBFLA_ADAPTERS ??= JSON.stringify([swiftshader(), lavapipe(), ...hardware()]);
  if (browser) process.env.WEBFLA_CHROMIUM ??= JSON.stringify(chromium());
  offer(JSON.parse(process.env.WEBFLA_ADAPTERS), { beside: beside || process.env.WEBFLA_GPU !== undefined });
}

/** Installs lavapipe where that is possible; why it was not is the reason that its skipped tests give. */
export function provideSystem() {
  if (lavapipe().icd) return;
  noLavapipe = installLavapipe() ?? noLavapipe;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes("--system")) provideSystem();
  provide();
  for (const a of JSON.parse(process.env.WEBFLA_ADAPTERS))
    console.log(`${a.name}: ${a.reason ? `absent, ${a.reason}` : a.icd}`);
  const { path, reason } = JSON.parse(process.env.WEBFLA_CHROMIUM);
  console.log(`chromium: ${path ?? `absent, ${reason}`}`);
}
