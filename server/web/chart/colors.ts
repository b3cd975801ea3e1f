// What is drawn on canvas can't use the style sheet's variables by itself: they are read here.

export interface Colors {
  text: string;
  muted: string;
  grid: string;
  surface: string;
}

export function readColors(host: HTMLElement): Colors {
  const style = getComputedStyle(host);
  const color = (name: string) => style.getPropertyValue(`--timeline-${name}`).trim() || "gray";
  return { text: color("text"), muted: color("muted"), grid: color("grid"), surface: color("surface") };
}
