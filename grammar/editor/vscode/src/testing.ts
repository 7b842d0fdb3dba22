/** Tests and invariants in the view of tests. */

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

import { asText } from "./failure";
import { markdown, printed } from "./outcome";
import {
  runTestsRequest,
  testsChanged,
  testsRequest,
  type TestEntry,
  type TestOutcome,
} from "./protocol";
import type { Server } from "./server";

/** The tree of tests: projects, their files, and what is in them. */
export class Tests implements vscode.Disposable {
  readonly #server: Server;
  readonly #controller = vscode.tests.createTestController("gatewright", "Gatewright");
  readonly #started: vscode.Disposable;
  readonly #saved: vscode.Disposable;
  /** What is run again whenever a file is saved. */
  readonly #continuous = new Set<vscode.TestRunRequest>();
  readonly #byId = new Map<string, vscode.TestItem>();

  constructor(server: Server) {
    this.#server = server;
    this.#controller.refreshHandler = () => this.#refresh();
    this.#controller.createRunProfile(
      "Run",
      vscode.TestRunProfileKind.Run,
      (request, token) => this.#start(request, token),
      true,
      undefined,
      true,
    );
    this.#started = server.onStart((client) => {
      client.onNotification(testsChanged, () => void this.#refresh());
      client.onDidChangeState(() => void this.#refresh());
    });
    this.#saved = vscode.workspace.onDidSaveTextDocument(async ({ languageId }) => {
      for (const request of languageId === "gatewright" ? [...this.#continuous] : []) {
        await this.#run(request);
      }
    });
  }

  /** Run one test, as a lens over it does. */
  async runOne(id: string): Promise<void> {
    if (!this.#byId.has(id)) {
      await this.#refresh();
    }
    const item = this.#byId.get(id);
    if (item === undefined) {
      void vscode.window.showWarningMessage("This test is not there any more.");
      return;
    }
    await this.#run(new vscode.TestRunRequest([item]));
  }

  async #refresh(): Promise<void> {
    const client = this.#server.client;
    const items = client === undefined ? [] : await this.#list(client);
    this.#byId.clear();
    const projects = new Map<string, vscode.TestItem>();
    const files = new Map<string, vscode.TestItem>();
    for (const entry of items) {
      const project = this.#folder(projects, entry.project, entry.project);
      const file = this.#folder(files, `${entry.project} ${entry.uri}`, entry.uri);
      project.children.add(file);
      const item = this.#controller.createTestItem(
        entry.id,
        entry.label,
        vscode.Uri.parse(entry.uri),
      );
      item.range = this.#range(entry.range);
      item.tags = [new vscode.TestTag(entry.kind)];
      if (entry.kind === "invariant") {
        item.description = "invariant";
      }
      file.children.add(item);
      this.#byId.set(entry.id, item);
    }
    const tops = [...projects.values()];
    const [only] = tops;
    const isOne = tops.length === 1 && only !== undefined;
    const shown = isOne ? [...only.children].map(([, child]) => child) : tops;
    this.#controller.items.replace(shown);
  }

  async #list(client: LanguageClient): Promise<TestEntry[]> {
    try {
      return (await client.sendRequest(testsRequest, {})).items;
    } catch (error) {
      client.error("The list of tests could not be read.", error, false);
      return [];
    }
  }

  #folder(known: Map<string, vscode.TestItem>, key: string, address: string): vscode.TestItem {
    let item = known.get(key);
    if (item === undefined) {
      const uri = vscode.Uri.parse(address);
      item = this.#controller.createTestItem(key, vscode.workspace.asRelativePath(uri), uri);
      known.set(key, item);
    }
    return item;
  }

  #range({ start, end }: TestEntry["range"]): vscode.Range {
    return new vscode.Range(start.line, start.character, end.line, end.character);
  }

  async #start(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    if (request.continuous) {
      this.#continuous.add(request);
      token.onCancellationRequested(() => this.#continuous.delete(request));
      return;
    }
    await this.#run(request);
  }

  /** Run what a request names: single tests, files, projects, or everything. */
  async #run(request: vscode.TestRunRequest): Promise<void> {
    const client = this.#server.client;
    const chosen = request.include ?? [...this.#controller.items].map(([, item]) => item);
    const excluded = new Set(request.exclude ?? []);
    const wanted = new Map<string, vscode.TestItem>();
    const collect = (item: vscode.TestItem): void => {
      // The tree may have been made anew since; ids stay.
      const current = this.#byId.get(item.id);
      if (excluded.has(item)) {
        return;
      }
      if (current !== undefined) {
        wanted.set(item.id, current);
      }
      item.children.forEach(collect);
    };
    chosen.forEach(collect);

    const run = this.#controller.createTestRun(request);
    wanted.forEach((item) => run.started(item));
    try {
      if (client === undefined) {
        throw new Error("the language server is not running");
      }
      const asked = { ids: [...wanted.keys()] };
      const { results } = await client.sendRequest(runTestsRequest, asked, run.token);
      for (const result of results) {
        const item = wanted.get(result.id);
        if (item !== undefined) {
          this.#report(run, item, result);
          wanted.delete(result.id);
        }
      }
      wanted.forEach((item) => run.skipped(item));
    } catch (error) {
      const message = new vscode.TestMessage(asText(error));
      wanted.forEach((item) =>
        run.token.isCancellationRequested ? run.skipped(item) : run.errored(item, message),
      );
    } finally {
      run.end();
    }
  }

  #report(run: vscode.TestRun, item: vscode.TestItem, result: TestOutcome): void {
    // What was known already took no time.
    const duration = result.durationMs > 0 ? result.durationMs : undefined;
    const uri = result.uri === undefined ? item.uri : vscode.Uri.parse(result.uri);
    const range = result.range === undefined ? item.range : this.#range(result.range);
    const place = uri && range && new vscode.Location(uri, range);
    run.appendOutput(printed(item.label, result), undefined, item);
    if (result.outcome === "passed") {
      run.passed(item, duration);
      return;
    }
    const message = new vscode.TestMessage(new vscode.MarkdownString(markdown(result)));
    if (place !== undefined) {
      message.location = place;
    }
    if (result.outcome === "failed") {
      run.failed(item, message, duration);
    } else {
      run.errored(item, message, duration);
    }
  }

  dispose(): void {
    this.#started.dispose();
    this.#saved.dispose();
    this.#controller.dispose();
  }
}
