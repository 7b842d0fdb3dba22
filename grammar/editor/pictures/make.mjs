/**
 * Takes the pictures of docs/editors.md: the editor of Visual Studio Code in a browser without a
 * window, and Neovim in a terminal, both with `gatewright lsp` on a copy of examples/contoso.
 *
 * GATEWRIGHT names the compiler, CHROMIUM the browser. Neovim and tmux have to be there. Words after
 * the script are the pictures that are wanted.
 */

import { spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { build } from "esbuild";
import { chromium } from "playwright-core";

import { terminal } from "./terminal.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const repository = resolve(here, "../../..");
const pictures = join(repository, "docs/pictures");
const program = resolve(process.env.GATEWRIGHT ?? join(repository, "target/debug/gatewright"));
const browserPath = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** LIMIT: bytes of a picture. */
const PICTURE_MAX = 300_000;

/** The language server: what it is asked, and what it says. */
class Server {
  #process;
  #buffer = Buffer.alloc(0);
  #waiting = new Map();
  #next = 1;
  heard = () => undefined;

  constructor(folder) {
    this.#process = spawn(program, ["lsp"], { cwd: folder, stdio: ["pipe", "pipe", "inherit"] });
    this.#process.stdout.on("data", (part) => this.#read(part));
  }

  #read(part) {
    this.#buffer = Buffer.concat([this.#buffer, part]);
    for (;;) {
      const end = this.#buffer.indexOf("\r\n\r\n");
      if (end < 0) return;
      const length = Number(/Content-Length: (\d+)/i.exec(this.#buffer.subarray(0, end))[1]);
      if (this.#buffer.length < end + 4 + length) return;
      const message = JSON.parse(this.#buffer.subarray(end + 4, end + 4 + length));
      this.#buffer = this.#buffer.subarray(end + 4 + length);
      this.#take(message);
    }
  }

  #take({ id, method, params, result, error }) {
    if (method === undefined) {
      const { resolve, reject } = this.#waiting.get(id);
      this.#waiting.delete(id);
      return error ? reject(new Error(error.message)) : resolve(result ?? null);
    }
    if (id !== undefined) this.#send({ id, result: params?.items?.map(() => null) ?? null });
    else this.heard(method, params);
  }

  #send(message) {
    const text = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }));
    this.#process.stdin.write(`Content-Length: ${text.length}\r\n\r\n`);
    this.#process.stdin.write(text);
  }

  ask(method, params) {
    const id = this.#next++;
    this.#send({ id, method, params });
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  tell(method, params) {
    this.#send({ method, params });
  }

  end() {
    this.#process.kill();
  }
}

/** An editor on a project of its own, so that no picture depends on the one before. */
async function scene(browser, folder, name, size, act) {
  const project = join(folder, name);
  await cp(join(repository, "examples/contoso"), project, { recursive: true });
  const server = new Server(project);
  const rootUri = pathToFileURL(project).toString();
  const { capabilities } = await server.ask("initialize", {
    processId: process.pid,
    rootUri,
    workspaceFolders: [{ uri: rootUri, name: "contoso" }],
    capabilities: {
      general: { positionEncodings: ["utf-16"] },
      textDocument: {
        publishDiagnostics: { relatedInformation: true },
        completion: { completionItem: { snippetSupport: true } },
        hover: { contentFormat: ["markdown"] },
      },
    },
  });
  server.tell("initialized", {});

  const page = await browser.newPage({ viewport: size, deviceScaleFactor: 1.5 });
  page.on("pageerror", (error) => console.error(String(error)));
  await page.exposeFunction("ask", (method, params) => server.ask(method, params));
  await page.exposeFunction("tell", (method, params) => server.tell(method, params));
  await page.goto(pathToFileURL(join(folder, "page.html")).toString());
  server.heard = (method, params) =>
    page.evaluate(([method, params]) => window.heard(method, params), [method, params]);
  await page.evaluate((capabilities) => window.start(capabilities), capabilities);
  await act({
    page,
    open: async (path, change = (text) => text) => {
      const text = change(await readFile(join(project, path), "utf8"));
      const uri = pathToFileURL(join(project, path)).toString();
      await page.evaluate(([uri, path, text]) => window.open_(uri, path, text), [uri, path, text]);
      await page.waitForTimeout(2500);
    },
    /** Put the cursor after a word, the line near the top. */
    go: (word, { nth = 0, top = 0 } = {}) =>
      page.evaluate(
        ([word, nth, top]) => {
          const range = window.placeOf(word, nth);
          window.editor.setPosition(range.getEndPosition());
          window.editor.setScrollTop(window.editor.getTopForLineNumber(range.startLineNumber - top));
          window.editor.focus();
        },
        [word, nth, top],
      ),
    /** Point at a word. */
    point: async (word, nth = 0) => {
      const spot = await page.evaluate(
        ([word, nth]) => {
          const range = window.placeOf(word, nth);
          const { top, left, height } = window.editor.getScrolledVisiblePosition(range.getStartPosition());
          const box = window.editor.getDomNode().getBoundingClientRect();
          return { x: box.left + left + 12, y: box.top + top + height / 2 };
        },
        [word, nth],
      );
      await page.mouse.move(spot.x + 3, spot.y);
      await page.mouse.move(spot.x, spot.y);
    },
    run: (action) =>
      page.evaluate((action) => window.editor.trigger("pictures", action, {}), action),
  });
  await page.waitForTimeout(2000);
  await picture(name, page);
  await page.close();
  server.end();
}

async function picture(name, page) {
  const path = join(pictures, `${name}.png`);
  await page.screenshot({ path });
  const { size } = await stat(path);
  console.log(`${name}.png: ${size} bytes`);
  if (size > PICTURE_MAX) throw new Error(`${name}.png is too large`);
}

const folder = await mkdtemp(join(tmpdir(), "gatewright-pictures-"));
const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });
const wanted = new Set(process.argv.slice(2));
const isWanted = (name) => wanted.size === 0 || wanted.has(name);
try {
  await build({
    entryPoints: [join(here, "page.js")],
    outfile: join(folder, "page.js"),
    bundle: true,
    minify: true,
    format: "iife",
    loader: { ".ttf": "dataurl" },
    logLevel: "error",
  });
  await cp(join(here, "page.html"), join(folder, "page.html"));

  if (isWanted("completion")) {
    const size = { width: 1060, height: 560 };
    await scene(browser, folder, "completion", size, async ({ open, go, page }) => {
      await page.evaluate(() => window.editor.updateOptions({ codeLens: false }));
      await open("policies/finance.gate");
      await go("[mfa, compliantDevice]");
      await page.keyboard.press("Enter");
      await page.keyboard.type("devices where device.isCompliant -eq True -or device.", { delay: 30 });
      await page.waitForTimeout(1500);
      await page.keyboard.press("Control+Space");
      await page.waitForTimeout(500);
      await page.keyboard.press("ArrowDown");
    });
  }
  if (isWanted("hover")) {
    const size = { width: 1000, height: 500 };
    await scene(browser, folder, "hover", size, async ({ open, go, point }) => {
      await open("policies/admins.gate");
      await go("//! Administrators.");
      await point("CA101");
    });
  }
  if (isWanted("refuted")) {
    const size = { width: 1000, height: 560 };
    const without = (text) => text.replace(", roles [DirectorySynchronizationAccounts]", "");
    await scene(browser, folder, "refuted", size, async ({ open, go, page, point }) => {
      await open("invariants.gate", without);
      await go("//! What holds");
      await page.waitForTimeout(3000);
      await point("Nobody gets in");
    });
  }
  if (isWanted("actions")) {
    const size = { width: 1140, height: 560 };
    await scene(browser, folder, "actions", size, async ({ open, go, run }) => {
      await open("policies/devices.gate");
      await go("device.model -ne", { top: 9 });
      await run("editor.action.quickFix");
    });
  }
  if (isWanted("neovim")) {
    await terminal({ browser, folder, repository, program, picture });
  }
} finally {
  await browser.close();
  await rm(folder, { recursive: true });
}
