// Following: keeps a scrolled element at its end while it grows, until the person scrolls away.

/** Slack at the end that still counts as the end, in pixels. */
const slack = 32;
/** How long after a person's gesture a scroll counts as theirs, in milliseconds: touch screens coast. */
const coasting = 1500;
const gestures = ["wheel", "touchmove", "pointerdown", "pointermove", "keydown"];
const backwards = new Set(["PageUp", "Home", "ArrowUp"]);

/** Tells `changed` whether the element is at its end. */
export function following(changed: (atEnd: boolean) => void) {
  let element: HTMLElement | undefined;
  let atEnd = true;
  let lastTop = 0;
  let gesture = Number.NEGATIVE_INFINITY;

  const set = (now: boolean) => {
    if (now === atEnd) return;
    atEnd = now;
    changed(now);
  };
  const toEnd = () => {
    if (element) element.scrollTop = element.scrollHeight;
  };
  const scrolled = () => {
    if (!element) return;
    const { scrollTop, scrollHeight, clientHeight } = element;
    const near = scrollHeight - scrollTop - clientHeight <= slack;
    // Growing content moves away from the end too, and the browser scrolls to what gets the keys.
    if (near) set(true);
    else if (scrollTop < lastTop - 1 && performance.now() - gesture < coasting) set(false);
    else if (atEnd) toEnd();
    lastTop = element.scrollTop;
  };
  const gestured = (event: Event) => {
    if (event instanceof KeyboardEvent && !backwards.has(event.key)) return;
    // A pointer that moves selects text only with a button down, and one that clicks elsewhere than on the scroll bar
    // does not scroll.
    if (event.type === "pointermove" && (event as PointerEvent).buttons === 0) return;
    if (event.type === "pointerdown" && !onScrollBar(event as PointerEvent)) return;
    gesture = performance.now();
  };

  return {
    /** An attachment for the scrolled element; its children are what grows. */
    attach(scroller: HTMLElement) {
      element = scroller;
      const watching = new ResizeObserver(() => {
        if (atEnd) toEnd();
      });
      watching.observe(scroller);
      for (const child of scroller.children) watching.observe(child);
      scroller.addEventListener("scroll", scrolled, { passive: true });
      for (const name of gestures) scroller.addEventListener(name, gestured, { passive: true });
      toEnd();
      return () => {
        watching.disconnect();
        scroller.removeEventListener("scroll", scrolled);
        for (const name of gestures) scroller.removeEventListener(name, gestured);
        element = undefined;
      };
    },
    /** Scrolls back or on by most of what is in sight. */
    page(by: number) {
      gesture = performance.now();
      element?.scrollBy({ top: by * element.clientHeight * 0.9 });
    },
    /** Goes to the end and stays there. */
    jump() {
      set(true);
      toEnd();
    },
  };
}

function onScrollBar({ target, currentTarget, offsetX }: PointerEvent): boolean {
  return target === currentTarget && offsetX >= (target as HTMLElement).clientWidth;
}
