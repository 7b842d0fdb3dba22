/**
 * The protocol library of the editor drives the built server: what is asked of it here is asked by
 * every editor.
 */

import assert from "node:assert/strict";
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";

import {
  CodeActionRequest,
  CodeLensRequest,
  CompletionRequest,
  ConfigurationRequest,
  DefinitionRequest,
  DidChangeTextDocumentNotification,
  DidOpenTextDocumentNotification,
  DocumentFormattingRequest,
  DocumentRangeFormattingRequest,
  DocumentSymbolRequest,
  ExitNotification,
  HoverRequest,
  InitializeRequest,
  InitializedNotification,
  InlayHintRequest,
  MarkupContent,
  PrepareRenameRequest,
  PublishDiagnosticsNotification,
  RegistrationRequest,
  RenameRequest,
  SemanticTokensRequest,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
  WorkDoneProgressCreateRequest,
  createProtocolConnection,
  type CodeAction,
  type CompletionItem,
  type Diagnostic,
  type DocumentSymbol,
  type InitializeResult,
  type Location,
  type LocationLink,
  type Position,
  type ProtocolConnection,
  type Range,
  type TextEdit,
  type WorkspaceEdit,
} from "vscode-languageserver-protocol/node";

import {
  decisionGraphRequest,
  explainRequest,
  initializationOptions,
  pageRequest,
  runTestsRequest,
  statusChanged,
  testsRequest,
  type Status,
} from "../src/protocol";
import { signIns } from "../src/requests";
import { filesBelow, gatewright, noGatewright, read, repository } from "./repository";

const PROJECT = "examples/contoso";
const DEVICES = `${PROJECT}/policies/devices.gate`;
const OBJECTS = `${PROJECT}/objects.gate`;

/** LIMIT: a server that has not answered by then is taken for one that will not. */
const ANSWER_MS = 30_000;

function uriOf(path: string): string {
  return pathToFileURL(join(repository, path)).toString();
}

/** The place of the n-th occurrence of a word in a text, `offset` units after its start. */
function placeOf(text: string, word: string, nth = 0, offset = 0): Position {
  let at = text.indexOf(word);
  for (let found = 0; found < nth; found += 1) {
    at = text.indexOf(word, at + 1);
  }
  assert.notEqual(at, -1, word);
  const lines = text.slice(0, at + offset).split("\n");
  return { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 };
}

function offsetOf(text: string, { line, character }: Position): number {
  const lines = text.split("\n").slice(0, line);
  return lines.reduce((sum, line) => sum + line.length + 1, 0) + character;
}

function slice(text: string, range: Range): string {
  return text.slice(offsetOf(text, range.start), offsetOf(text, range.end));
}

/** The text after edits, which may stand in any order and do not overlap. */
function edited(text: string, edits: readonly TextEdit[]): string {
  const ordered = [...edits].sort(
    (a, b) => offsetOf(text, b.range.start) - offsetOf(text, a.range.start),
  );
  return ordered.reduce((text, { range, newText }) => {
    return (
      text.slice(0, offsetOf(text, range.start)) + newText + text.slice(offsetOf(text, range.end))
    );
  }, text);
}

/** The edits of each file, however the server writes them down. */
function editsOf(edit: WorkspaceEdit | null): Map<string, TextEdit[]> {
  const found = new Map<string, TextEdit[]>(Object.entries(edit?.changes ?? {}));
  for (const change of edit?.documentChanges ?? []) {
    if ("textDocument" in change) {
      const edits = change.edits.filter((edit): edit is TextEdit => "newText" in edit);
      found.set(change.textDocument.uri, edits);
    }
  }
  return found;
}

/** What somebody would read of a hover. */
function words(contents: unknown): string {
  return MarkupContent.is(contents) ? contents.value : JSON.stringify(contents);
}

/** A server that runs, and what it has said unasked. */
class Session {
  readonly diagnostics = new Map<string, Diagnostic[]>();
  readonly statuses: Status[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #process: ChildProcessWithoutNullStreams;
  readonly connection: ProtocolConnection;
  #version = 1;
  #complaint = "";

  constructor(program: string) {
    this.#process = spawn(program, ["lsp"], { cwd: repository });
    this.#process.stderr.on("data", (said: Buffer) => (this.#complaint += said.toString()));
    const { stdin, stdout } = this.#process;
    this.connection = createProtocolConnection(
      new StreamMessageReader(stdout),
      new StreamMessageWriter(stdin),
    );
    this.connection.onNotification(PublishDiagnosticsNotification.type, (published) => {
      this.diagnostics.set(published.uri, published.diagnostics);
      this.#wake();
    });
    this.connection.onNotification(statusChanged, (status) => {
      this.statuses.push(status);
      this.#wake();
    });
    this.connection.onRequest(ConfigurationRequest.type, ({ items }) => items.map(() => null));
    this.connection.onRequest(RegistrationRequest.type, () => undefined);
    this.connection.onRequest(WorkDoneProgressCreateRequest.type, () => undefined);
    this.connection.listen();
    // Whoever waits for an answer would wait for ever.
    this.#process.once("exit", () => this.connection.dispose());
  }

  /** Say hello; why the server ended, where it has. */
  async initialize(): Promise<InitializeResult> {
    try {
      return await this.#initialize();
    } catch (error) {
      throw new Error(`the server does not start: ${this.#complaint}`, { cause: error });
    }
  }

  async #initialize(): Promise<InitializeResult> {
    const rootUri = uriOf(PROJECT);
    const result = await this.connection.sendRequest(InitializeRequest.type, {
      processId: process.pid,
      rootUri,
      workspaceFolders: [{ uri: rootUri, name: "contoso" }],
      initializationOptions,
      capabilities: {
        general: { positionEncodings: ["utf-16"] },
        window: { workDoneProgress: true },
        workspace: {
          configuration: true,
          workspaceFolders: true,
          workspaceEdit: { documentChanges: true },
        },
        textDocument: {
          synchronization: {},
          publishDiagnostics: { relatedInformation: true, versionSupport: true },
          hover: { contentFormat: ["markdown", "plaintext"] },
          completion: { completionItem: { snippetSupport: true } },
          definition: { linkSupport: true },
          documentSymbol: { hierarchicalDocumentSymbolSupport: true },
          rename: { prepareSupport: true },
          codeAction: {
            codeActionLiteralSupport: { codeActionKind: { valueSet: ["quickfix", "refactor"] } },
          },
          semanticTokens: {
            requests: { full: true },
            tokenTypes: [],
            tokenModifiers: [],
            formats: ["relative"],
          },
        },
      },
    });
    await this.connection.sendNotification(InitializedNotification.type, {});
    return result;
  }

  async open(path: string): Promise<void> {
    await this.connection.sendNotification(DidOpenTextDocumentNotification.type, {
      textDocument: {
        uri: uriOf(path),
        languageId: "gatewright",
        version: this.#version,
        text: read(path),
      },
    });
  }

  async replace(path: string, range: Range, text: string): Promise<void> {
    this.#version += 1;
    await this.connection.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri: uriOf(path), version: this.#version },
      contentChanges: [{ range, text }],
    });
  }

  /** Wait until the server has said what makes this hold. */
  async until(what: string, holds: () => boolean): Promise<void> {
    const deadline = Date.now() + ANSWER_MS;
    while (!holds()) {
      const left = deadline - Date.now();
      assert.ok(left > 0, `never came: ${what}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(wake, Math.min(left, 1000));
        const waiting = this.#waiting;
        function wake(): void {
          clearTimeout(timer);
          waiting.delete(wake);
          resolve();
        }
        waiting.add(wake);
      });
    }
  }

  #wake(): void {
    [...this.#waiting].forEach((wake) => wake());
  }

  /** Wait for a finding of a file, or for the file to be without it. */
  async finding(path: string, code: string, isThere: boolean): Promise<Diagnostic | undefined> {
    const uri = uriOf(path);
    const find = (): Diagnostic | undefined =>
      this.diagnostics.get(uri)?.find((diagnostic) => String(diagnostic.code) === code);
    await this.until(`${isThere ? "" : "no "}${code} in ${path}`, () => {
      return this.diagnostics.has(uri) && (find() !== undefined) === isThere;
    });
    return find();
  }

  /** Ask it to end; how it ended. */
  async end(): Promise<number | null> {
    const ended = once(this.#process, "exit");
    await this.connection.sendRequest(ShutdownRequest.type);
    await this.connection.sendNotification(ExitNotification.type);
    const [status] = (await ended) as [number | null];
    return status;
  }

  kill(): void {
    this.#process.kill();
  }
}

const program = gatewright();
const skip = program === undefined && noGatewright;

describe("the server, driven by the client's protocol library", { skip }, () => {
  let session: Session;
  let server: InitializeResult;
  const devices = read(DEVICES);
  const textDocument = { uri: uriOf(DEVICES) };

  before(async () => {
    session = new Session(program ?? "");
    server = await session.initialize();
    await session.open(DEVICES);
  });
  after(() => session.kill());

  it("says what it can do", () => {
    const { capabilities } = server;
    assert.equal(capabilities.positionEncoding ?? "utf-16", "utf-16");
    const named = [
      "textDocumentSync",
      "hoverProvider",
      "completionProvider",
      "signatureHelpProvider",
      "definitionProvider",
      "referencesProvider",
      "documentHighlightProvider",
      "renameProvider",
      "documentSymbolProvider",
      "workspaceSymbolProvider",
      "foldingRangeProvider",
      "selectionRangeProvider",
      "documentFormattingProvider",
      "documentRangeFormattingProvider",
      "documentOnTypeFormattingProvider",
      "semanticTokensProvider",
      "inlayHintProvider",
      "codeActionProvider",
      "codeLensProvider",
      "documentLinkProvider",
      "callHierarchyProvider",
    ] as const;
    const missing = named.filter((name) => !capabilities[name]);
    assert.deepEqual(missing, []);
  });

  it("finds what is wrong with a file that is opened", async () => {
    const finding = await session.finding(DEVICES, "GW0402", true);
    assert.match(slice(devices, finding?.range ?? assert.fail()), /\S/);
  });

  it("finds a mistake while it is typed, and forgets it when it is mended", async () => {
    const start = placeOf(devices, "Kiosks]", 1);
    const end = { line: start.line, character: start.character + "Kiosks".length };
    await session.replace(DEVICES, { start, end }, "Kiosk");
    const finding = await session.finding(DEVICES, "GW0201", true);
    assert.deepEqual(finding?.range.start, start);
    assert.match(words(finding?.message), /Kiosk/);
    const wrong = { line: start.line, character: start.character + "Kiosk".length };
    await session.replace(DEVICES, { start, end: wrong }, "Kiosks");
    await session.finding(DEVICES, "GW0201", false);
  });

  it("says what is under the pointer", async () => {
    const hover = async (word: string, nth = 0): Promise<string> => {
      const position = placeOf(devices, word, nth, 1);
      const found = await session.connection.sendRequest(HoverRequest.type, {
        textDocument,
        position,
      });
      return words(found?.contents);
    };
    assert.match(await hover("BreakGlass"), /Two accounts with hardware keys/);
    assert.match(await hover("trustType"), /AzureAD|joined/);
    assert.match(await hover("compliantDevice"), /complian/i);
  });

  it("completes clauses and names", async () => {
    const complete = async (position: Position): Promise<string[]> => {
      const found = await session.connection.sendRequest(CompletionRequest.type, {
        textDocument,
        position,
      });
      const items: CompletionItem[] = Array.isArray(found) ? found : (found?.items ?? []);
      return items.map(({ label }) => label);
    };
    const names = await complete(placeOf(devices, "BreakGlass", 1));
    assert.ok(names.includes("BreakGlass") && names.includes("Finance"), names.join(" "));
    assert.ok(!names.includes("Payroll"), "an app is no group");
    const clauses = await complete(placeOf(devices, "apps "));
    assert.ok(clauses.includes("session") && clauses.includes("devices"), clauses.join(" "));
  });

  it("goes to where a name is declared", async () => {
    const found = await session.connection.sendRequest(DefinitionRequest.type, {
      textDocument,
      position: placeOf(devices, "BreakGlass", 0, 2),
    });
    const [first] = ([] as (Location | LocationLink)[]).concat(found ?? []);
    assert.ok(first !== undefined);
    const isLink = "targetUri" in first;
    assert.equal(isLink ? first.targetUri : first.uri, uriOf(OBJECTS));
    const range = isLink ? first.targetSelectionRange : first.range;
    assert.equal(slice(read(OBJECTS), range), "BreakGlass");
  });

  it("renames a name in every file", async () => {
    const position = placeOf(devices, "BreakGlass", 0, 2);
    const asked = { textDocument, position };
    const prepared = await session.connection.sendRequest(PrepareRenameRequest.type, asked);
    assert.ok(prepared !== null);
    const edit = await session.connection.sendRequest(RenameRequest.type, {
      ...asked,
      newName: "Emergency",
    });
    const edits = editsOf(edit);
    for (const path of filesBelow(PROJECT, ".gate")) {
      const text = read(path);
      const renamed = edited(text, edits.get(uriOf(path)) ?? []);
      assert.equal(renamed, text.replaceAll(/\bBreakGlass\b/g, "Emergency"), path);
    }
  });

  it("tells what words mean, by tokens that lie in the text one after the other", async () => {
    const legend = server.capabilities.semanticTokensProvider?.legend;
    const found = await session.connection.sendRequest(SemanticTokensRequest.type, {
      textDocument,
    });
    const data = found?.data ?? [];
    assert.equal(data.length % 5, 0);
    const lines = devices.split("\n");
    const kinds = new Map<string, string>();
    let [line, character, end] = [0, 0, 0];
    for (let at = 0; at < data.length; at += 5) {
      const [down = 0, right = 0, length = 0, kind = 0] = data.slice(at, at + 4);
      line += down;
      character = down === 0 ? character + right : right;
      assert.ok(length > 0 && (down > 0 || character >= end), `${line}:${character} overlaps`);
      end = character + length;
      const text = lines[line]?.slice(character, end) ?? "";
      assert.equal(text.length, length, `${line}:${character} is outside of the text`);
      kinds.set(text, legend?.tokenTypes[kind] ?? "none");
    }
    for (const word of ["policy", "BreakGlass", "-eq", "enabled", "users"]) {
      assert.ok(kinds.has(word), `nothing is said of ${word}`);
    }
    assert.notEqual(kinds.get("BreakGlass"), kinds.get("policy"));
  });

  it("lists what a file declares", async () => {
    const found = await session.connection.sendRequest(DocumentSymbolRequest.type, {
      textDocument,
    });
    const names = (found as DocumentSymbol[]).map(({ name }) => name);
    assert.ok(names.some((name) => name.includes("CA304 Payroll refuses noncompliant devices")));
  });

  it("leaves a file in the one style as it is", async () => {
    const options = { tabSize: 4, insertSpaces: true };
    const asked = { textDocument, options };
    const edits = await session.connection.sendRequest(DocumentFormattingRequest.type, asked);
    assert.equal(edited(devices, edits ?? []), devices);
  });

  it("lays out what is selected, and nothing else", async () => {
    const at = placeOf(devices, "apps      office365");
    const end = { line: at.line, character: at.character + "apps      ".length };
    await session.replace(DEVICES, { start: at, end }, "apps ");
    const untidy = devices.replace("apps      office365", "apps office365");
    const range = {
      start: { line: at.line, character: 0 },
      end: { line: at.line + 1, character: 0 },
    };
    const options = { tabSize: 4, insertSpaces: true };
    const asked = { textDocument, range, options };
    const edits = await session.connection.sendRequest(DocumentRangeFormattingRequest.type, asked);
    assert.equal(edited(untidy, edits ?? []), devices);
    const narrow = { start: at, end: { line: at.line, character: at.character + "apps ".length } };
    await session.replace(DEVICES, narrow, "apps      ");
  });

  it("mends a word by the fix that the compiler knows", async () => {
    const start = placeOf(devices, "compliantApplication");
    const end = { line: start.line, character: start.character + "compliantApplication".length };
    await session.replace(DEVICES, { start, end }, "compliantAplication");
    const wrong = devices.replace("compliantApplication", "compliantAplication");
    const uri = uriOf(DEVICES);
    const found = (): Diagnostic[] =>
      (session.diagnostics.get(uri) ?? []).filter(({ message }) =>
        words(message).includes("compliantAplication"),
      );
    await session.until("a finding of the misspelt word", () => found().length > 0);
    const range = found()[0]?.range ?? assert.fail();
    const actions = await session.connection.sendRequest(CodeActionRequest.type, {
      textDocument,
      range,
      context: { diagnostics: found() },
    });
    const fix = (actions as CodeAction[]).find(({ title }) =>
      title.includes("compliantApplication"),
    );
    const edits = editsOf(fix?.edit ?? null).get(uri) ?? [];
    assert.equal(edited(wrong, edits), devices);
    const misspelt = {
      line: start.line,
      character: start.character + "compliantAplication".length,
    };
    await session.replace(DEVICES, { start, end: misspelt }, "compliantApplication");
    await session.until("no such finding", () => found().length === 0);
  });

  it("hints where a comparison holds for devices that are not registered", async () => {
    const range = { start: { line: 0, character: 0 }, end: placeOf(devices, "CA304") };
    const found = await session.connection.sendRequest(InlayHintRequest.type, {
      textDocument,
      range,
    });
    const labels = (found ?? []).map(({ label }) => JSON.stringify(label));
    const negative = devices.match(/-ne/g)?.length ?? 0;
    // One `-ne` is in a comment.
    assert.equal(labels.filter((label) => label.includes("unregistered")).length, negative - 1);
  });

  it("has a lens for each invariant, with a command of the extension", async () => {
    const uri = uriOf(`${PROJECT}/invariants.gate`);
    const lenses = await session.connection.sendRequest(CodeLensRequest.type, {
      textDocument: { uri },
    });
    const commands = (lenses ?? []).map(({ command }) => command?.command);
    assert.ok(commands.length >= 2, JSON.stringify(lenses));
    assert.ok(
      commands.every((command) => command?.startsWith("gatewright.")),
      commands.join(" "),
    );
  });

  it("lists and runs tests and invariants", async () => {
    const { items } = await session.connection.sendRequest(testsRequest, {});
    const invariants = items.filter(({ kind }) => kind === "invariant");
    assert.equal(invariants.length, 2);
    const declared = read(`${PROJECT}/tests.gate`).match(/^test "/gm)?.length;
    assert.equal(items.length - invariants.length, declared);
    assert.equal(new Set(items.map(({ id }) => id)).size, items.length);
    const { results } = await session.connection.sendRequest(runTestsRequest, {});
    assert.deepEqual(new Set(results.map(({ id }) => id)), new Set(items.map(({ id }) => id)));
    for (const { id, outcome, message } of results) {
      assert.equal(outcome, "passed", `${id}: ${message}`);
    }
    const [one] = items;
    const ids = [one?.id ?? assert.fail()];
    const alone = await session.connection.sendRequest(runTestsRequest, { ids });
    assert.deepEqual(
      alone.results.map(({ id }) => id),
      ids,
    );
  });

  it("draws the decision diagram of a policy, and of all", async () => {
    const { uri } = textDocument;
    const policy = "CA304 Payroll refuses noncompliant devices";
    const one = await session.connection.sendRequest(decisionGraphRequest, { uri, policy });
    assert.match(one.svg, /^<svg\b[^]*<\/svg>\s*$/);
    assert.ok(one.svg.includes("CA304"));
    const all = await session.connection.sendRequest(decisionGraphRequest, { uri });
    assert.ok(all.svg.length > one.svg.length && all.title !== "");
  });

  it("explains a sign-in, and says what it cannot read", async () => {
    const { uri } = textDocument;
    const [first] = signIns(read(`${PROJECT}/signins.json`));
    const request = first?.json ?? assert.fail();
    const explained = await session.connection.sendRequest(explainRequest, { uri, request });
    assert.match(explained.markdown, /CA002/);
    assert.notEqual(explained.verdict, "");
    const broken = session.connection.sendRequest(explainRequest, { uri, request: "{" });
    await assert.rejects(broken, (error: Error) => error.message.length > 0);
  });

  it("has the page of a diagnostic", async () => {
    const found = await session.connection.sendRequest(pageRequest, { code: "GW0302" });
    assert.match(found.markdown, /GW0302/);
    await assert.rejects(session.connection.sendRequest(pageRequest, { code: "GW9999" }));
  });

  it("answers what it does not know with an error, and lives", async () => {
    await assert.rejects(session.connection.sendRequest("gatewright/nonsense", {}));
    const asked = { textDocument };
    const found = await session.connection.sendRequest(DocumentSymbolRequest.type, asked);
    assert.notEqual(found?.length ?? 0, 0);
  });

  it("says how the invariants stand", async () => {
    const settled = (): boolean => {
      const last = session.statuses.at(-1);
      return last !== undefined && last.invariants.pending === 0 && last.invariants.proved === 2;
    };
    await session.until("two proved invariants", settled);
    assert.ok((session.statuses.at(-1)?.policies ?? 0) > 10);
  });

  it("ends when it is told to", async () => {
    assert.equal(await session.end(), 0);
  });
});
