/** The language server as a process of this extension: found, started, restarted. */

import * as vscode from "vscode";
import {
  CloseAction,
  LanguageClient,
  State,
  type CloseHandlerResult,
  type DynamicFeature,
  type ErrorHandler,
  type LanguageClientOptions,
  type StaticFeature,
} from "vscode-languageclient/node";

import { findExecutable, surroundings } from "./executable";
import { asText } from "./failure";
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
  /** Until it has run, who starts it says what is wrong, once and in other words. */
  hasRun = false;

  override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    const isOfCommands =
      "registrationType" in feature &&
      feature.registrationType.method === "workspace/executeCommand";
    if (!isOfCommands) {
      super.registerFeature(feature);
    }
  }

  override error(message: string, data?: unknown, shows?: boolean | "force"): void {
    super.error(message, data, this.hasRun ? shows : false);
  }
}

/** Makes clients for the compiler that the settings name. */
export class Server implements vscode.Disposable {
  readonly #output = vscode.window.createOutputChannel("Gatewright", { log: true });
  readonly #started = new vscode.EventEmitter<LanguageClient>();
  readonly #troubled = new vscode.EventEmitter<void>();
  readonly #watchers = watched.map((files) => vscode.workspace.createFileSystemWatcher(files));
  #client: LanguageClient | undefined;
  #trouble: string | undefined;
  /** What was last asked for: one start or stop waits for the other. */
  #last: Promise<void> = Promise.resolve();

  /** Fires with each client before it starts, so that whoever listens hears all it says. */
  readonly onStart = this.#started.event;
  /** Fires when there is another reason why no client runs, or none any more. */
  readonly onTrouble = this.#troubled.event;

  /** The client that runs. */
  get client(): LanguageClient | undefined {
    return this.#client?.isRunning() ? this.#client : undefined;
  }

  /** Why no client runs, in a sentence for the user. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Start the server, or say why it cannot be started. */
  start(): Promise<void> {
    return this.#next(() => this.#start());
  }

  /** Stop the server that runs, if one does. */
  stop(): Promise<void> {
    return this.#next(() => this.#stop());
  }

  restart(): Promise<void> {
    return this.#next(async () => {
      await this.#stop();
      await this.#start();
    });
  }

  showOutput(): void {
    this.#output.show(true);
  }

  /** Say that something needs the server, which does not run. */
  sayNotRunning(): void {
    const message = this.#trouble ?? "The Gatewright language server is not running.";
    const retry = "Try Again";
    void vscode.window.showWarningMessage(message, retry).then((chosen) => {
      if (chosen === retry) {
        void this.restart();
      }
    });
  }

  #next(step: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(step).catch((error: unknown) => {
      this.#output.error(asText(error));
    });
    return this.#last;
  }

  async #start(): Promise<void> {
    const named = vscode.workspace.getConfiguration("gatewright").get<string>("path", "gatewright");
    // A folder that is not trusted names no programs, not even by a setting of the user.
    const folders = vscode.workspace.isTrusted ? vscode.workspace.workspaceFolders : undefined;
    const command = findExecutable(named, surroundings(folders?.[0]?.uri.fsPath));
    if (command === undefined) {
      const place = /[\\/]/.test(named) ? "" : " on the search path";
      this.#fail(`Gatewright needs its compiler, and there is no program “${named}”${place}.`);
      void this.#sayMissing();
      return;
    }
    this.#output.info(`${command} lsp`);
    const client = this.#clientOf(command);
    this.#client = client;
    this.#started.fire(client);
    try {
      await client.start();
    } catch (error) {
      this.#output.error(asText(error));
      this.#fail(`The Gatewright language server, “${command} lsp”, does not start.`);
      void this.#sayBroken();
    }
  }

  /** A client for a program; it runs again after a crash, unless it has never run. */
  #clientOf(command: string): LanguageClient {
    let usual: ErrorHandler | undefined;
    const handler = (): ErrorHandler => (usual ??= client.createDefaultErrorHandler());
    const given: CloseHandlerResult = { action: CloseAction.DoNotRestart, handled: true };
    const options: LanguageClientOptions = {
      documentSelector,
      initializationOptions,
      outputChannel: this.#output,
      // Pages of findings are opened by a command; no other may stand behind a link.
      markdown: { isTrusted: { enabledCommands: ["gatewright.showPage"] } },
      synchronize: { configurationSection: "gatewright", fileEvents: this.#watchers },
      errorHandler: {
        error: (...what) => handler().error(...what),
        closed: () => (client.hasRun ? handler().closed() : given),
      },
      initializationFailedHandler: () => false,
      middleware: {
        workspace: {
          // A setting may be what stops the server meanwhile, which then need not hear of it.
          didChangeConfiguration: async (sections, next) => {
            try {
              await next(sections);
            } catch (error) {
              this.#output.debug(asText(error));
            }
          },
        },
      },
    };
    const client = new Client("gatewright", "Gatewright", { command, args: ["lsp"] }, options);
    client.onDidChangeState(({ newState }) => {
      const isRunning = newState === State.Running;
      client.hasRun ||= isRunning;
      void vscode.commands.executeCommand("setContext", "gatewright.isRunning", isRunning);
      if (isRunning) {
        this.#fail(undefined);
      } else if (newState === State.Stopped && client.hasRun && this.#client === client) {
        this.#fail("The Gatewright language server has stopped.");
      }
    });
    return client;
  }

  async #stop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    try {
      if (client?.needsStop()) {
        await client.stop();
      }
      await client?.dispose();
    } catch (error) {
      // One that has never started cannot be stopped either.
      this.#output.debug(asText(error));
    }
  }

  #fail(trouble: string | undefined): void {
    this.#trouble = trouble;
    this.#troubled.fire();
  }

  async #sayMissing(): Promise<void> {
    const message = `${this.#trouble} Until then there are colours and snippets alone.`;
    const [install, settings, retry] = ["How to Install", "Say Where It Is", "Try Again"];
    const chosen = await vscode.window.showErrorMessage(message, install, settings, retry);
    if (chosen === install) {
      const walkthrough = "gatewright.gatewright#start";
      await vscode.commands.executeCommand("workbench.action.openWalkthrough", walkthrough);
    } else if (chosen === settings) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "gatewright.path");
    } else if (chosen === retry) {
      await this.restart();
    }
  }

  async #sayBroken(): Promise<void> {
    const [output, settings] = ["Show Output", "Choose Another Program"];
    const message = this.#trouble ?? "";
    const chosen = await vscode.window.showErrorMessage(message, output, settings);
    if (chosen === output) {
      this.showOutput();
    } else if (chosen === settings) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "gatewright.path");
    }
  }

  dispose(): void {
    void this.stop();
    this.#watchers.forEach((watcher) => watcher.dispose());
    this.#started.dispose();
    this.#troubled.dispose();
    this.#output.dispose();
  }
}
