/** The extension: a language server, and what only this editor can show of its answers. */

import * as vscode from "vscode";

import { Pages } from "./documents";
import { explain } from "./explain";
import { Graphs } from "./graph";
import { pageRequest, type PolicyEffect, type Witness } from "./protocol";
import { Server } from "./server";
import { showStatus } from "./status";
import { Tests } from "./testing";

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const server = new Server();
  const pages = new Pages();
  const graphs = new Graphs(server, context.extensionUri);
  const tests = new Tests(server);
  context.subscriptions.push(server, pages, graphs, tests, showStatus(server));

  const command = (name: string, run: (...args: never[]) => unknown): void => {
    context.subscriptions.push(vscode.commands.registerCommand(name, run));
  };
  command("gatewright.restart", () => server.restart());
  command("gatewright.showOutput", () => server.showOutput());
  command("gatewright.explain", () => explain(server, pages));
  command("gatewright.showPage", (code?: string) => showPage(server, pages, code));
  command("gatewright.openGraph", (uri?: string, policy?: string) =>
    openGraph(graphs, uri, policy),
  );
  command("gatewright.runTest", (id: string) => tests.runOne(id));
  command("gatewright.showWitness", (witness: Witness) => showWitness(pages, witness));
  command("gatewright.showPolicyEffect", (effect: PolicyEffect) =>
    pages.show(effect.title, effect.markdown),
  );

  context.subscriptions.push(
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration("gatewright.path")) {
        await server.restart();
      }
    }),
  );
  await server.start();
}

/** Show the diagram of what a lens names, or of the policies of the file that is open. */
async function openGraph(graphs: Graphs, uri?: string, policy?: string): Promise<void> {
  const open = vscode.window.activeTextEditor?.document.uri.toString();
  // A menu hands over an address that is no text.
  const address = typeof uri === "string" ? uri : open;
  if (address === undefined) {
    void vscode.window.showInformationMessage("Open a policy to see its decision diagram.");
    return;
  }
  await graphs.open(address, typeof policy === "string" ? policy : undefined);
}

/** Show the page of a diagnostic: of a code, of the finding at the cursor, or of one to be typed. */
async function showPage(server: Server, pages: Pages, code?: string): Promise<void> {
  const client = server.client;
  const wanted = typeof code === "string" ? code : (codeAtCursor() ?? (await askForCode()));
  if (wanted === undefined) {
    return;
  }
  try {
    if (client === undefined) {
      throw new Error("the language server is not running");
    }
    const { markdown } = await client.sendRequest(pageRequest, { code: wanted });
    await pages.show(wanted, markdown);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(`There is no page of ${wanted}: ${why}`);
  }
}

/** A code of this compiler. */
const CODE = /^GW\d{4}$/i;

function codeAtCursor(): string | undefined {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    return undefined;
  }
  const found = vscode.languages.getDiagnostics(editor.document.uri);
  const here = found.filter(({ range }) => range.contains(editor.selection.active));
  const codes = here.map(({ code }) => String(typeof code === "object" ? code.value : code));
  return codes.find((code) => CODE.test(code));
}

async function askForCode(): Promise<string | undefined> {
  const code = await vscode.window.showInputBox({
    title: "The page of a diagnostic",
    placeHolder: "GW0302",
    validateInput: (text) => (CODE.test(text.trim()) ? undefined : "A code such as GW0302"),
  });
  return code?.trim().toUpperCase();
}

/** Show a sign-in that refutes an invariant: the explanation, and the request to try it with. */
async function showWitness(pages: Pages, witness: Witness): Promise<void> {
  const { title, request, markdown } = witness;
  const json = typeof request === "string" ? request : JSON.stringify(request, undefined, 2);
  await pages.show(title, `${markdown.trimEnd()}\n\n\`\`\`json\n${json}\n\`\`\`\n`);
}
