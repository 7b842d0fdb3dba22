/** The script of the page with a decision diagram: move it, zoom it, and remember where one was. */

import { fitted, moved, zoomed, type View } from "./view";

interface Editor {
  getState(): { view?: View } | undefined;
  setState(state: { view: View }): void;
}

declare function acquireVsCodeApi(): Editor;

const editor = acquireVsCodeApi();
const stage = document.querySelector<HTMLElement>("#stage");
const picture = stage?.querySelector("svg");

if (stage && picture) {
  show(stage, picture);
}

function show(stage: HTMLElement, picture: SVGSVGElement): void {
  const width = Number(picture.getAttribute("width")) || picture.clientWidth;
  const height = Number(picture.getAttribute("height")) || picture.clientHeight;
  const all = (): View =>
    fitted({ width, height }, { width: stage.clientWidth, height: stage.clientHeight });

  let view = editor.getState()?.view ?? all();
  const set = (next: View): void => {
    view = next;
    picture.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
    editor.setState({ view });
  };
  const zoom = (factor: number): void => {
    set(zoomed(view, factor, stage.clientWidth / 2, stage.clientHeight / 2));
  };

  stage.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      if (event.shiftKey) {
        set(moved(view, -event.deltaY - event.deltaX, 0));
      } else {
        set(zoomed(view, Math.exp(-event.deltaY / 400), event.clientX, event.clientY));
      }
    },
    { passive: false },
  );
  stage.addEventListener("pointerdown", (event) => {
    stage.setPointerCapture(event.pointerId);
    stage.classList.add("dragged");
  });
  stage.addEventListener("pointermove", (event) => {
    if (stage.hasPointerCapture(event.pointerId)) {
      set(moved(view, event.movementX, event.movementY));
    }
  });
  for (const over of ["pointerup", "pointercancel"]) {
    stage.addEventListener(over, () => stage.classList.remove("dragged"));
  }
  stage.addEventListener("keydown", (event) => {
    const step = 60;
    const actions: Record<string, () => void> = {
      "+": () => zoom(1.25),
      "=": () => zoom(1.25),
      "-": () => zoom(0.8),
      "0": () => set(all()),
      ArrowLeft: () => set(moved(view, step, 0)),
      ArrowRight: () => set(moved(view, -step, 0)),
      ArrowUp: () => set(moved(view, 0, step)),
      ArrowDown: () => set(moved(view, 0, -step)),
    };
    const action = actions[event.key];
    if (action !== undefined && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      action();
    }
  });

  const onClick = (id: string, action: () => void): void => {
    document.getElementById(id)?.addEventListener("click", action);
  };
  onClick("in", () => zoom(1.25));
  onClick("out", () => zoom(0.8));
  onClick("fit", () => set(all()));
  set(view);
}
