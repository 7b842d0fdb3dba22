/**
 * What the server and this extension say to each other beyond the protocol that all editors share.
 *
 * Nothing here needs the editor, so that tests use the same types.
 */

import {
  NotificationType,
  NotificationType0,
  RequestType,
  type Range,
  type TextDocumentIdentifier,
} from "vscode-languageserver-protocol";

/** A test or an invariant of a project. */
export interface TestEntry {
  id: string;
  label: string;
  kind: "test" | "invariant";
  uri: string;
  range: Range;
  /** The folder of its project. */
  project: string;
}

/** What came of a test, or of an invariant. */
export interface TestOutcome {
  id: string;
  outcome: "passed" | "failed" | "unknown" | "errored";
  message?: string;
  /** Where it failed; its own place where nothing is said. */
  uri?: string;
  range?: Range;
  durationMs: number;
}

/** What the server knows of a project. */
export interface Status {
  /** Its folder, as a path or as an address. */
  project: string;
  policies: number;
  invariants: { proved: number; refuted: number; unknown: number; pending: number };
  message?: string;
}

/** What an invariant's lens shows: a sign-in that refutes it. */
export interface Witness {
  title: string;
  request: unknown;
  markdown: string;
}

/** What a policy's lens shows. */
export interface PolicyEffect {
  title: string;
  markdown: string;
}

export const testsRequest = new RequestType<
  { textDocument?: TextDocumentIdentifier },
  { items: TestEntry[] },
  void
>("gatewright/tests");

export const runTestsRequest = new RequestType<
  { ids?: string[]; uri?: string },
  { results: TestOutcome[] },
  void
>("gatewright/runTests");

export const decisionGraphRequest = new RequestType<
  { uri: string; policy?: string },
  { svg: string; title: string },
  void
>("gatewright/decisionGraph");

export const explainRequest = new RequestType<
  { uri: string; request: string },
  { markdown: string; verdict: string },
  void
>("gatewright/explain");

export const pageRequest = new RequestType<{ code: string }, { markdown: string }, void>(
  "gatewright/page",
);

export const testsChanged = new NotificationType0("gatewright/testsChanged");

export const statusChanged = new NotificationType<Status>("gatewright/status");

/** Says to the server that code lenses may carry the commands of this extension. */
export const initializationOptions = { clientCommands: true } as const;
