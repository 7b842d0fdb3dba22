/** Where things are, seen from the compiled tests, and the programs that they run. */

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

/** The folder of the extension. */
export const extension = resolve(__dirname, "../..");

/** The root of the repository. */
export const repository = resolve(extension, "../../..");

/** Every file below a folder of the repository with this ending, in order of their paths. */
export function filesBelow(folder: string, ending: string): string[] {
  const entries = readdirSync(join(repository, folder), {
    recursive: true,
    withFileTypes: true,
  });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith(ending));
  return files.map((entry) => relative(repository, join(entry.parentPath, entry.name))).sort();
}

/** A block of a page of Markdown: the word after the fence, what follows it, and the text. */
export interface Fence {
  kind: string;
  argument: string;
  text: string;
}

/** The fenced blocks of a page. */
export function fences(page: string): Fence[] {
  const found = page.matchAll(/^```(\w+)[ \t]*(.*)\n([^]*?)^```$/gm);
  return [...found].map(([, kind = "", argument = "", text = ""]) => ({ kind, argument, text }));
}

/** The text of a file of the repository. */
export function read(path: string): string {
  return readFileSync(join(repository, path), "utf8");
}

/** The text of a file of the extension. */
export function readOwn(path: string): string {
  return readFileSync(join(extension, path), "utf8");
}

/**
 * The compiler that the tests run: `GATEWRIGHT` in the environment, or a debug build of the
 * repository; nothing where there is neither.
 */
export function gatewright(): string | undefined {
  const named = process.env["GATEWRIGHT"];
  if (named !== undefined) {
    return resolve(named);
  }
  const name = process.platform === "win32" ? "gatewright.exe" : "gatewright";
  const built = join(target(), "debug", name);
  return existsSync(built) ? built : undefined;
}

/** What a test says that is skipped for want of the compiler. */
export const noGatewright =
  "GATEWRIGHT is not set and nothing is built: cargo build -p gatewright-cli";

function target(): string {
  return process.env["CARGO_TARGET_DIR"] ?? join(repository, "target");
}

/** What the lexer and the parser say of a token; bytes are those of the file in UTF-8. */
export interface Token {
  start: number;
  end: number;
  kind: string;
  role: string;
}

/** Ask the parser for the tokens of files; nothing where there is no cargo. */
export function tokensOf(paths: string[]): Map<string, Token[]> | undefined {
  const words = ["run", "--quiet", "--package", "gatewright-syntax", "--example", "tokens", "--"];
  const done = spawnSync("cargo", [...words, ...paths], {
    cwd: repository,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (done.error !== undefined) {
    return undefined;
  }
  if (done.status !== 0) {
    throw new Error(`cargo ${words.join(" ")}: ${done.stderr}`);
  }
  const files = new Map<string, Token[]>();
  let tokens: Token[] = [];
  for (const line of done.stdout.split("\n").filter((line) => line !== "")) {
    if (line.startsWith("file ")) {
      tokens = [];
      files.set(line.slice("file ".length), tokens);
    } else {
      const [start, end, kind = "", role = ""] = line.split(" ");
      tokens.push({ start: Number(start), end: Number(end), kind, role });
    }
  }
  return files;
}
