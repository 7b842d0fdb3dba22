/** The script of the page with a decision diagram: move it, zoom it, and remember where one was. */

import { fitted, moved, opened, zoomed, type Size, type View } from "./view";

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
  const whole: Size = {
    width: Number(picture.getAttribute("width")) || picture.clientWidth,
    height: Number(picture.getAttribute("height")) || picture.clientHeight,
  };
  const room = (): Size => ({ width: stage.clientWidth, height: stage.clientHeight });

  const remembered = editor.getState()?.view;
  let isMoved = remembered !== undefined;
  let view = remembered ?? opened(whole, room());
  const draw = (next: View): void => {
    view = next;
    picture.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
  };
  /** What somebody has chosen to see stays. */
  const set = (next: View): void => {
    isMoved = true;
    draw(next);
    editor.setState({ view });
  };
  const zoom = (factor: number): void => {
    set(zoomed(view, factor, stage.clientWidth / 2, stage.clientHeight / 2));
  };
  const fit = (): void => set(fitted(whole, room()));

  stage.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      // Two fingers that are spread arrive as a wheel with this key.
      if (event.ctrlKey || event.metaKey) {
        set(zoomed(view, Math.exp(-event.deltaY / 200), event.clientX, event.clientY));
      } else if (event.shiftKey && event.deltaX === 0) {
        set(moved(view, -event.deltaY, 0));
      } else {
        set(moved(view, -event.deltaX, -event.deltaY));
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
      "0": fit,
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
  onClick("fit", fit);
  draw(view);
  new ResizeObserver(() => {
    if (!isMoved) {
      draw(opened(whole, room()));
    }
  }).observe(stage);
}
