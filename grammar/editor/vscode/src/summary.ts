/** What the server knows of a project, in words. */

import type { Status } from "./protocol";

/** A few characters for the status bar. */
export function short({ policies, invariants }: Status): string {
  const { proved, refuted, unknown, pending } = invariants;
  const total = proved + refuted + unknown + pending;
  const counted = `${policies} ${policies === 1 ? "policy" : "policies"}`;
  if (total === 0) {
    return `$(shield) ${counted}`;
  }
  const icon = refuted > 0 ? "error" : pending > 0 ? "clock" : unknown > 0 ? "question" : "pass";
  return `$(shield) ${counted} $(${icon}) ${proved}/${total}`;
}

/** All of it, as Markdown. */
export function described({ policies, invariants, message }: Status): string {
  const counts = [
    ["proved", invariants.proved],
    ["refuted", invariants.refuted],
    ["that cannot be decided", invariants.unknown],
    ["not decided yet", invariants.pending],
  ] as const;
  const known = counts.filter(([, count]) => count > 0);
  const said = known.map(([word, count]) => `${count} ${word}`).join(", ");
  const lines = [
    "**Gatewright**",
    `${policies} ${policies === 1 ? "policy" : "policies"}`,
    `Invariants: ${said === "" ? "none" : said}`,
  ];
  return [...lines, ...(message === undefined ? [] : [message])].join("\n\n");
}
