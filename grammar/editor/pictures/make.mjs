/**
 * Takes the pictures of docs/editors.md: Visual Studio Code in a browser without a window, and
 * Neovim in a terminal, both with `gatewright lsp` on a copy of examples/contoso.
 *
 * GATEWRIGHT names the compiler, CHROMIUM the browser. Neovim and tmux have to be there. Words after
 * the script are the pictures that are wanted.
 */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";
import UPNG from "upng-js";

import { terminal } from "./terminal.mjs";
import { workbench } from "./workbench.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const repository = resolve(here, "../../..");
const pictures = join(repository, "docs/pictures");
const project = join(repository, "examples/contoso");
const program = resolve(process.env.GATEWRIGHT ?? join(repository, "target/debug/gatewright"));
const browserPath = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** LIMIT: bytes of a picture. */
const PICTURE_MAX = 250_000;
/** LIMIT: colours of a picture; with more of them it is larger, and looks the same. */
const COLOURS_MAX = 256;

const LIGHT = { "workbench.colorTheme": "Default Light Modern" };

/** What is found out of policies and invariants stands above them: only then all of it is there. */
const LENS = ".codelens-decoration a:text-matches('proved|refuted|Without|Enforced')";

/** The scenes in the workbench: how large it is, what is set and changed before, and what is done. */
const SCENES = {
  refuted: [
    {
      width: 1000,
      height: 620,
      changes: {
        "invariants.gate": (text) => text.replace(", roles [DirectorySynchronizationAccounts]", ""),
      },
    },
    async ({ page, open, run, go, seen }) => {
      await open("invariants.gate");
      await run("View: Toggle Primary Side Bar Visibility");
      await seen(LENS);
      await run("Problems: Focus on Problems View");
      // Below the finding stand the places that belong to it.
      const row = page.locator(".markers-panel .monaco-list-row", { hasText: "GW0270" });
      await row.first().click();
      await go(1, 1);
    },
  ],
  completion: [
    { width: 1000, height: 520 },
    async ({ page, open, run, go, seen, type }) => {
      await open("policies/finance.gate");
      await run("View: Toggle Primary Side Bar Visibility");
      await go(8, 1);
      await page.keyboard.press("End");
      await page.keyboard.press("Enter");
      await type("devices where device.isCompliant -eq True -or device.");
      await seen(".suggest-widget .monaco-list-row");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Control+Space");
      await seen(".suggest-details");
    },
  ],
  hover: [
    { width: 1000, height: 520 },
    async ({ open, run, go, seen }) => {
      await open("policies/admins.gate");
      await run("View: Toggle Primary Side Bar Visibility");
      await seen(LENS);
      await go(15, 12);
      await run("Show or Focus Hover");
      await seen(".monaco-hover .hover-contents");
    },
  ],
  actions: [
    { width: 1100, height: 560 },
    async ({ page, open, run, go, seen }) => {
      await open("policies/devices.gate");
      await run("View: Toggle Primary Side Bar Visibility");
      await seen(LENS);
      await go(37, 24);
      await page.keyboard.press("Control+.");
      await seen(".action-widget .monaco-list-row");
    },
  ],
  tests: [
    {
      width: 1200,
      height: 640,
      settings: { "testing.automaticallyOpenTestResults": "openOnTestStart" },
      changes: {
        "tests.gate": (text) => text.replace("session none", "session signInFrequency 1 hours"),
      },
    },
    async ({ page, open, run, go }) => {
      await open("tests.gate");
      await run("Testing: Focus on Test Explorer View");
      await run("Test: Run All Tests");
      const results = page.locator(".test-output-peek-tree .monaco-list-row");
      await results.filter({ hasText: "Members" }).first().click();
      await go(36, 1);
    },
  ],
  diagram: [
    { width: 1200, height: 740, settings: LIGHT },
    async ({ page, open, run, go, seen }) => {
      await open("policies/admins.gate");
      await run("View: Toggle Primary Side Bar Visibility");
      await seen(LENS);
      await go(18, 5);
      await run("Gatewright: Show the Decision Diagram");
      await seen("iframe.webview.ready");
      await page.waitForTimeout(2500);
    },
  ],
  explanation: [
    { width: 1200, height: 700 },
    async ({ page, open, run, go, seen }) => {
      await open("signins.json");
      await run("View: Toggle Primary Side Bar Visibility");
      await go(70, 5);
      await run("Gatewright: Explain a Sign-in");
      await seen("iframe.webview.ready");
      await page.waitForTimeout(2500);
    },
  ],
};

/** Store a picture. */
async function picture(name, bytes) {
  const { width, height, ...image } = UPNG.decode(bytes);
  const pixels = UPNG.toRGBA8({ width, height, ...image });
  const small = new Uint8Array(UPNG.encode(pixels, width, height, COLOURS_MAX));
  await writeFile(join(pictures, `${name}.png`), small);
  console.log(`${name}.png: ${small.length} bytes`);
  if (small.length > PICTURE_MAX) throw new Error(`${name}.png is too large`);
}

const folder = await mkdtemp(join(tmpdir(), "gatewright-pictures-"));
const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });
const wanted = new Set(process.argv.slice(2));
const isWanted = (name) => wanted.size === 0 || wanted.has(name);
const scenes = Object.entries(SCENES).filter(([name]) => isWanted(name));
const code = scenes.length > 0 && (await workbench({ browser, folder, project, program }));
try {
  for (const [name, [size, act]] of scenes) {
    await picture(name, await code.scene(name, size, act));
  }
  if (isWanted("neovim")) {
    await terminal({ browser, folder, repository, program, picture });
  }
} finally {
  if (code) code.end();
  await browser.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 500 });
}
