/** The decision diagram of a policy, or of all of a project, beside the text. */

import { randomBytes } from "node:crypto";

import * as vscode from "vscode";

import { asText } from "./failure";
import { page } from "./picture";
import { decisionGraphRequest } from "./protocol";
import type { Server } from "./server";

interface Shown {
  panel: vscode.WebviewPanel;
  uri: string;
  policy: string | undefined;
}

/** The diagrams that are open. */
export class Graphs implements vscode.Disposable {
  readonly #server: Server;
  readonly #extension: vscode.Uri;
  readonly #shown = new Map<string, Shown>();
  readonly #saved = vscode.workspace.onDidSaveTextDocument(() => this.#refreshAll());

  constructor(server: Server, extension: vscode.Uri) {
    this.#server = server;
    this.#extension = extension;
  }

  /** Show the diagram of a policy, or of all policies that the file is compiled with. */
  async open(uri: string, policy: string | undefined): Promise<void> {
    const key = JSON.stringify([uri, policy]);
    const known = this.#shown.get(key);
    if (known !== undefined) {
      known.panel.reveal(undefined, true);
      await this.#refresh(known);
      return;
    }
    const resources = vscode.Uri.joinPath(this.#extension, "dist");
    // Beside the text, or where another diagram is already.
    const [other] = this.#shown.values();
    const viewColumn = other?.panel.viewColumn ?? vscode.ViewColumn.Beside;
    const panel = vscode.window.createWebviewPanel(
      "gatewright.graph",
      policy ?? "Decision diagram",
      { viewColumn, preserveFocus: true },
      { enableScripts: true, localResourceRoots: [resources] },
    );
    panel.iconPath = vscode.Uri.joinPath(this.#extension, "images", "file.svg");
    const shown = { panel, uri, policy };
    this.#shown.set(key, shown);
    panel.onDidDispose(() => this.#shown.delete(key));
    if (!(await this.#refresh(shown))) {
      panel.dispose();
    }
  }

  #refreshAll(): void {
    if (this.#server.client === undefined) {
      return;
    }
    for (const shown of this.#shown.values()) {
      void this.#refresh(shown);
    }
  }

  /** Draw anew; what was drawn stays where that cannot be done, and the reason is said. */
  async #refresh({ panel, uri, policy }: Shown): Promise<boolean> {
    const client = this.#server.client;
    if (client === undefined) {
      this.#server.sayNotRunning();
      return false;
    }
    try {
      const asked = policy === undefined ? { uri } : { uri, policy };
      const { svg, title } = await client.sendRequest(decisionGraphRequest, asked);
      const script = vscode.Uri.joinPath(this.#extension, "dist", "preview.js");
      panel.title = title.replaceAll("`", "");
      panel.webview.html = page({
        svg,
        title,
        nonce: randomBytes(18).toString("base64url"),
        script: panel.webview.asWebviewUri(script).toString(),
        source: panel.webview.cspSource,
      });
      return true;
    } catch (error) {
      const message = `There is no decision diagram: ${asText(error)}`;
      void vscode.window.showWarningMessage(message);
      return false;
    }
  }

  dispose(): void {
    this.#saved.dispose();
    for (const { panel } of [...this.#shown.values()]) {
      panel.dispose();
    }
  }
}
