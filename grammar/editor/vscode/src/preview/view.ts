/** What part of a picture is seen: how large it is drawn, and where its corner lies. */

/** A point on the screen is `scale * point of the picture + offset`. */
export interface View {
  scale: number;
  x: number;
  y: number;
}

/** A width and a height. */
export interface Size {
  width: number;
  height: number;
}

/** LIMIT: nothing is seen in smaller pictures, nor a connection in larger ones. */
export const SCALE_MIN = 0.05;
export const SCALE_MAX = 8;

/** Zoom by a factor so that the point below the pointer stays there. */
export function zoomed(view: View, factor: number, x: number, y: number): View {
  const scale = Math.min(SCALE_MAX, Math.max(SCALE_MIN, view.scale * factor));
  const ratio = scale / view.scale;
  return { scale, x: x - (x - view.x) * ratio, y: y - (y - view.y) * ratio };
}

/** Move by a distance on the screen. */
export function moved(view: View, dx: number, dy: number): View {
  return { ...view, x: view.x + dx, y: view.y + dy };
}

/** All of the picture, in the middle, and never larger than it is. */
export function fitted(picture: Size, stage: Size): View {
  const room = Math.min(stage.width / picture.width, stage.height / picture.height, 1);
  const scale = Math.min(SCALE_MAX, Math.max(SCALE_MIN, Number.isFinite(room) ? room : 1));
  const x = Math.max(0, (stage.width - picture.width * scale) / 2);
  const y = Math.max(0, (stage.height - picture.height * scale) / 2);
  return { scale, x, y };
}

/** LIMIT: in smaller letters nobody reads. */
const SCALE_LEGIBLE = 0.6;

/** What is seen first: all of the picture if that can be read, else its whole width from the top. */
export function opened(picture: Size, stage: Size): View {
  const all = fitted(picture, stage);
  if (all.scale >= SCALE_LEGIBLE || stage.height <= 0) {
    return all;
  }
  const wide = fitted(picture, { width: stage.width, height: Number.POSITIVE_INFINITY });
  const scale = Math.max(wide.scale, Math.min(SCALE_LEGIBLE, 1));
  const x = Math.max(0, (stage.width - picture.width * scale) / 2);
  return { scale, x, y: 0 };
}
