// Following: keeps a scrolled element at its end while it grows, until the person scrolls away.

/** Slack at the end that still counts as the end, in pixels. */
const slack = 32;

/** Tells `changed` whether the element is at its end. */
export function following(changed: (atEnd: boolean) => void) {
  let element: HTMLElement | undefined;
  let atEnd = true;
  let lastTop = 0;

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
    // Growing content also moves away from the end; only a person scrolls up.
    if (near) set(true);
    else if (scrollTop < lastTop - 1) set(false);
    lastTop = scrollTop;
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
      toEnd();
      return () => {
        watching.disconnect();
        scroller.removeEventListener("scroll", scrolled);
        element = undefined;
      };
    },
    /** Goes to the end and stays there. */
    jump() {
      set(true);
      toEnd();
    },
  };
}
