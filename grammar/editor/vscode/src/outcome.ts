/** What came of a test, in words. */

import type { TestOutcome } from "./protocol";

const WORDS: Record<TestOutcome["outcome"], string> = {
  passed: "passed",
  failed: "failed",
  unknown: "not decided",
  errored: "not run",
};

const MARKS: Record<TestOutcome["outcome"], string> = {
  passed: "✔",
  failed: "✘",
  unknown: "?",
  errored: "!",
};

/** What a terminal shows of it; that wants both ends of a line. */
export function printed(label: string, { outcome, message }: TestOutcome): string {
  const lines = (message ?? WORDS[outcome]).split(/\r?\n/);
  const all = [`${MARKS[outcome]} ${label}`, ...lines.map((line) => `    ${line}`)];
  return all.map((line) => `${line}\r\n`).join("");
}

/** Its message as Markdown, in which code stays code, and nothing else means anything. */
export function markdown({ outcome, message }: TestOutcome): string {
  const said = message ?? WORDS[outcome];
  const pieces = said.split(/(`[^`\n]+`)/).map((piece, index) => {
    // Every second piece is code.
    return index % 2 === 1 ? piece : piece.replace(/[\\`*_{}[\]()<>#+\-.!|~]/g, "\\$&");
  });
  return pieces.join("").replace(/\r?\n/g, "  \n");
}
