/** The language server as a process of this extension: found, started, restarted. */

import * as vscode from "vscode";
import {
  LanguageClient,
  State,
  type DynamicFeature,
  type LanguageClientOptions,
  type StaticFeature,
} from "vscode-languageclient/node";

import { findExecutable, surroundings } from "./executable";
import { initializationOptions } from "./protocol";

/** What the server is asked about: policy text, Graph objects and the manifest of a project. */
const documentSelector = [
  { scheme: "file", language: "gatewright" },
  { scheme: "untitled", language: "gatewright" },
  { scheme: "file", language: "json" },
  { scheme: "file", language: "jsonc" },
  { scheme: "file", pattern: "**/gatewright.toml" },
];

/** The files whose changes on disk the server hears of. */
const watched = ["**/*.gate", "**/gatewright.toml", "**/*.json"];

/**
 * The client registers every command that a lens of this server may carry, so those that the server
 * offers to other editors under the same names are not registered a second time.
 */
class Client extends LanguageClient {
  override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    const isOfCommands =
      "registrationType" in feature &&
      feature.registrationType.method === "workspace/executeCommand";
    if (!isOfCommands) {
      super.registerFeature(feature);
    }
  }
}

/** Makes clients for the compiler that the settings name. */
export class Server implements vscode.Disposable {
  readonly #output = vscode.window.createOutputChannel("Gatewright", { log: true });
  readonly #started = new vscode.EventEmitter<LanguageClient>();
  readonly #watchers = watched.map((files) => vscode.workspace.createFileSystemWatcher(files));
  #client: LanguageClient | undefined;

  /** Fires with each client before it starts, so that whoever listens hears all it says. */
  readonly onStart = this.#started.event;

  /** The client that runs. */
  get client(): LanguageClient | undefined {
    return this.#client?.isRunning() ? this.#client : undefined;
  }

  /** Start the server, or say why it cannot be started. */
  async start(): Promise<void> {
    const named = vscode.workspace.getConfiguration("gatewright").get<string>("path", "gatewright");
    const workspace = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
    const command = findExecutable(named, surroundings(workspace));
    if (command === undefined) {
      void this.#sayMissing(named);
      return;
    }
    this.#output.info(`${command} lsp`);
    const options: LanguageClientOptions = {
      documentSelector,
      initializationOptions,
      outputChannel: this.#output,
      synchronize: { configurationSection: "gatewright", fileEvents: this.#watchers },
    };
    const client = new Client("gatewright", "Gatewright", { command, args: ["lsp"] }, options);
    this.#client = client;
    client.onDidChangeState(({ newState }) => {
      const isRunning = newState === State.Running;
      void vscode.commands.executeCommand("setContext", "gatewright.isRunning", isRunning);
    });
    this.#started.fire(client);
    try {
      await client.start();
    } catch (error) {
      this.#output.error(String(error));
      void this.#sayBroken(command, error);
    }
  }

  /** Stop the server that runs, if one does. */
  async stop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (client?.needsStop()) {
      await client.stop();
    }
    await client?.dispose();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  showOutput(): void {
    this.#output.show(true);
  }

  async #sayMissing(named: string): Promise<void> {
    const message = `Gatewright needs its compiler, and there is no program \`${named}\` here.`;
    const [install, settings, retry] = ["How to Install", "Open Settings", "Try Again"];
    const chosen = await vscode.window.showErrorMessage(message, install, settings, retry);
    if (chosen === install) {
      const walkthrough = "gatewright.gatewright#gatewright.start";
      await vscode.commands.executeCommand("workbench.action.openWalkthrough", walkthrough);
    } else if (chosen === settings) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "gatewright.path");
    } else if (chosen === retry) {
      await this.restart();
    }
  }

  async #sayBroken(command: string, error: unknown): Promise<void> {
    const why = error instanceof Error ? error.message : String(error);
    const message = `The Gatewright language server (${command}) did not start: ${why}`;
    const chosen = await vscode.window.showErrorMessage(message, "Show Output");
    if (chosen !== undefined) {
      this.showOutput();
    }
  }

  dispose(): void {
    void this.stop();
    this.#watchers.forEach((watcher) => watcher.dispose());
    this.#started.dispose();
    this.#output.dispose();
  }
}
